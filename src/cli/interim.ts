import { readFileSync } from 'node:fs';
import { parseSource } from '../source.ts';
// INTERIM: replaced by src/resolve.ts and src/inventory.ts
export function render(value: any, vars: Record<string, unknown>): any {
  if (typeof value === 'string') {
    const whole = /^\{\{\s*(\w+)(?:\.(\w+))?(\s*\|\s*dict2items)?\s*\}\}$/.exec(value);
    if (whole) {
      let v: any = vars[whole[1]!];
      if (whole[2]) v = v?.[whole[2]];
      v = render(v, vars);
      return whole[3] ? Object.entries(v).map(([key, val]) => ({ key, value: val })) : v;
    }
    return value.replace(/\{\{\s*(\w+)(?:\.(\w+))?\s*\}\}/g, (_: string, a: string, b?: string) =>
      String(b ? (vars[a] as any)?.[b] : vars[a]),
    );
  }
  if (Array.isArray(value)) return value.map((v) => render(v, vars));
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, render(v, vars)]));
  return value;
}
export function hostsOf(files: readonly string[]): Map<string, any> {
  const out = new Map<string, any>();
  const walk = (group: any, vars: any): void => {
    const mine = { ...vars, ...(group?.vars ?? {}) };
    for (const [h, v] of Object.entries(group?.hosts ?? {})) out.set(h, { ...mine, ...((v as any) ?? {}) });
    for (const g of Object.values(group?.children ?? {})) walk(g, mine);
  };
  for (const f of files) walk((parseSource(readFileSync(f, 'utf8'), f).source!.value as any).all, {});
  if (out.size === 0) out.set('localhost', { ansible_connection: 'local' });
  return out;
}
