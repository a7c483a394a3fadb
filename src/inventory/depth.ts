/** The children of every group, in order. */
export type Edges = ReadonlyMap<string, string[]>;

/** The longest way from `all` to each group, and each circle of groups once, with its first member again at its end. */
export function depthsOf(children: Edges): { depths: ReadonlyMap<string, number>; cycles: readonly string[][] } {
  const depths = new Map<string, number>();
  const cycles = new Map<string, string[]>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name];
      const key = circle.slice(1).toSorted().join(' ');
      if (!cycles.has(key)) cycles.set(key, circle);
      return;
    }
    // Seen before at this depth or deeper: nothing below it changes.
    if ((depths.get(name) ?? -1) >= path.length) return;
    depths.set(name, path.length);
    for (const child of children.get(name)!) visit(child, [...path, name]);
  };
  visit('all', []);
  // What is left hangs on nothing but itself.
  for (const name of children.keys()) if (!depths.has(name)) visit(name, ['all']);
  return { depths, cycles: [...cycles.values()] };
}
