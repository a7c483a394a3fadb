import type { Command } from 'commander';
import { knownKinds } from './kinds.ts';
import { describeKind, listKinds } from '../docs.ts';
import { NetwrightError, suggestion } from '../error.ts';

/** Adds `docs [KIND]`. */
export const addDocs = (command: Command): Command =>
  command.argument('[kind]', 'a kind of task').action((name: string | undefined) => {
    const kinds = knownKinds();
    if (name === undefined) {
      process.stdout.write(listKinds(kinds));
      return;
    }
    const found = kinds.find(({ kind }) => kind === name);
    if (!found) {
      const hint =
        suggestion(
          name,
          kinds.map(({ kind }) => kind),
        ) ?? 'netwright docs lists the kinds';
      throw new NetwrightError({ code: 'NO_KIND', message: `"${name}" is not a kind of task`, hint });
    }
    process.stdout.write(describeKind(found));
  });
