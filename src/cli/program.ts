import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { printable } from '../error.ts';
import type { Ran } from '../inventory.ts';

const MOST_SECONDS = 30;
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * A file that may be run and begins as scripts and programs do. A share of VirtualBox marks every file as one that may be
 * run, so the mark alone says nothing.
 */
export function isProgram(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    const first = Buffer.alloc(4);
    const file = openSync(path, 'r');
    readSync(file, first);
    closeSync(file);
    return first.toString('latin1').startsWith('#!') || first.toString('latin1') === '\x7fELF';
  } catch {
    return false;
  }
}

/** SHA-256 of what is on the disk. */
export const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/** Runs a program on this machine, without a shell and without input; its standard error is told only if it fails. */
export function runProgram(path: string, argv: readonly string[]): Ran {
  const { error, status, signal, stdout, stderr } = spawnSync(resolve(path), argv, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MOST_SECONDS * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: MOST_BYTES,
  });
  const code = error && 'code' in error ? error.code : undefined;
  if (code === 'ETIMEDOUT') return { failed: `took longer than ${MOST_SECONDS} seconds` };
  if (code === 'ENOBUFS') return { failed: `printed more than ${MOST_BYTES / 1024 / 1024} MiB` };
  if (error) return { failed: `cannot be run: ${error.message}` };
  if (status === 0) return { output: stdout };
  const said = printable(stderr.trim().split('\n').at(-1) ?? '').slice(0, 500);
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${status}`;
  return { failed: said === '' ? how : `${how}: ${said}` };
}
