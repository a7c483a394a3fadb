/** Compares two versions as Ansible's test `version` does by default: numbers as such, words as words. */
export function compareLoose(a: string, b: string): number {
  const [one, other] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const [left, right] = [one[index], other[index]];
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    if (left === right) continue;
    if (typeof left !== typeof right) {
      throw new TypeError(`"${a}" and "${b}" cannot be compared: "${left}" and "${right}" are not of one sort`);
    }
    return left < right ? -1 : 1;
  }
  return 0;
}

const parts = (version: string): (string | number)[] =>
  [...version.matchAll(/[0-9]+|[a-z]+|[^0-9a-z.]+/g)].map(([part]) => (/^[0-9]/.test(part) ? Number(part) : part));

/** https://semver.org, section 11. */
export function compareSemantic(a: string, b: string): number {
  const [one, other] = [semantic(a), semantic(b)];
  for (const index of [0, 1, 2] as const) {
    if (one.core[index] !== other.core[index]) return one.core[index]! < other.core[index]! ? -1 : 1;
  }
  if (one.pre === undefined || other.pre === undefined) {
    return one.pre === other.pre ? 0 : one.pre === undefined ? 1 : -1;
  }
  for (let index = 0; index < Math.max(one.pre.length, other.pre.length); index++) {
    const [left, right] = [one.pre[index], other.pre[index]];
    if (left === right) continue;
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    const [number, otherNumber] = [left, right].map((part) => (/^[0-9]+$/.test(part) ? Number(part) : undefined));
    if (number !== undefined && otherNumber !== undefined) return number < otherNumber ? -1 : 1;
    if (number !== undefined || otherNumber !== undefined) return number !== undefined ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}

function semantic(version: string): { readonly core: readonly number[]; readonly pre: readonly string[] | undefined } {
  const match = /^([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(version);
  if (!match) throw new TypeError(`"${version}" is no semantic version, such as 1.2.3`);
  return { core: match.slice(1, 4).map(Number), pre: match[4]?.split('.') };
}
