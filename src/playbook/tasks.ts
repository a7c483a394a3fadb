import type { Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import { isMapping } from '../validate.ts';
import { inside, type Around, type Frame, type Handed } from './around.ts';
import { readInclude } from './include.ts';
import { builtin, strayWords } from './kind.ts';
import { blockKeywords } from './keywords.ts';
import { insteadOfKind } from './taking-in.ts';
import { readMeta } from './meta.ts';
import { wrongType } from './problems.ts';
import { readKeywords, schemaOf } from './read.ts';
import type { ReadTasks } from './raw.ts';
import type { Reading } from './reading.ts';
import { readTask } from './task.ts';

const PARTS = ['block', 'rescue', 'always'] as const;

const shape = { label: 'block', schema: schemaOf(blockKeywords) };

/** More tasks than anybody writes; files that take in one another could make any number. */
const MOST_TASKS = 20_000;

/** The tasks of a list in the order in which they are done: blocks and imports taken apart, each task with its own place. */
export function readTasks(value: unknown, at: At, around: Around, reading: Reading, what = 'tasks'): ReadTasks {
  if (value === undefined || value === null) return { tasks: [], problems: [] };
  if (!Array.isArray(value)) return { tasks: [], problems: [wrongType(what, 'a list of tasks', value, at)] };
  const tasks: ReadTasks['tasks'][number][] = [];
  const problems: Problem[] = [];
  for (const [index, one] of value.entries()) {
    const read = readOne(one, { ...at, path: [...at.path, index] }, around, reading);
    tasks.push(...read.tasks);
    problems.push(...read.problems);
    if (tasks.length > MOST_TASKS) {
      problems.push({ code: 'TOO_MANY_TASKS', message: `more than ${MOST_TASKS} tasks`, place: placeOf(at) });
      break;
    }
  }
  return { tasks, problems };
}

function readOne(value: unknown, at: At, around: Around, reading: Reading): ReadTasks {
  if (!isMapping(value)) return { tasks: [], problems: [wrongType('a task', 'a mapping', value, at)] };
  if (PARTS.some((part) => part in value)) return readBlock(value, at, around, reading);
  const word = Object.keys(value).find((one) => insteadOfKind.get(builtin(one))?.implemented === true);
  if (word !== undefined && builtin(word) === 'meta') return readMeta(value, word, at, around);
  if (word !== undefined) return readInclude(value, word, builtin(word), at, around, reading);
  const { task, problems } = readTask(value, at, around, reading.kinds);
  return { tasks: task ? [task] : [], problems };
}

function readBlock(value: Record<string, unknown>, at: At, around: Around, reading: Reading): ReadTasks {
  const { value: words, problems } = readKeywords(value, shape, blockKeywords, at);
  const wrong = [...problems, ...strayWords(value, PARTS, blockKeywords, at)];
  if (!('block' in value)) {
    const part = PARTS.find((one) => one in value)!;
    const place = placeOf(at, [part], 'key');
    wrong.push({
      code: 'MISSING_KEY',
      message: `${part}: there is no block`,
      place,
      hint: 'put the tasks under block',
    });
  }
  const inner = inside(around, words as Handed, at);
  const block = reading.block();
  const rescues = hasTasks(value.rescue);
  const isFrame = rescues || hasTasks(value.always);
  const parts = PARTS.map((part): ReadTasks => {
    const frame: Frame = { block, part, rescues };
    const frames = isFrame ? [...inner.frames, frame] : inner.frames;
    return readTasks(value[part], { ...at, path: [...at.path, part] }, { ...inner, frames }, reading, part);
  });
  return {
    tasks: parts.flatMap(({ tasks }) => tasks),
    problems: [...wrong, ...parts.flatMap((part) => part.problems)],
  };
}

const hasTasks = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
