import { Unsafe } from '../source.ts';

/** A value as Python's `str()` shows it, which is how `ansible-inventory --graph --vars` does. */
export const pythonText = (value: unknown): string => {
  const text = value instanceof Unsafe ? value.text : value;
  return typeof text === 'string' ? text : shown(text);
};

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Unsafe) return quoted(value.text);
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'number') return String(value);
  // What is neither is a secret.
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return '***';
  const pairs = Object.entries(value).map(([key, one]) => `${quoted(key)}: ${shown(one)}`);
  return `{${pairs.join(', ')}}`;
}

/** In single quotes, unless there are single ones and no double ones in it. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\n\r\t]|[\u0000-\u001f\u007f-\u00a0\u00ad]/g, (char) => SHORT[char] ?? hex(char));
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const hex = (char: string): string => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
