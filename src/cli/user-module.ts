import { pathToFileURL } from 'node:url';

/**
 * Loads a file of the user's, TypeScript too, which is the only reason to load tsx. The build keeps this module apart:
 * what V8 compiled ahead cannot import.
 */
export async function importFile(file: string): Promise<unknown> {
  const url = pathToFileURL(file).href;
  if (!file.endsWith('.ts')) return import(url);
  // So that a place in TypeScript is told as one; tsx keeps what it needs for that only if somebody asks.
  process.setSourceMapsEnabled(true);
  const { tsImport } = await import('tsx/esm/api');
  return tsImport(url, import.meta.url);
}
