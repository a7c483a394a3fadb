import { NetwrightError, sortProblems, type Problem } from '../error.ts';
import type { Parsed, Source } from './types.ts';
import { blankBadCharacters, findBadCharacters } from './characters.ts';
import { compose } from './compose.ts';
import { again, beyondBudget, MAX_DEPTH, MAX_NODES, newBudget, PER_FILE, type Budget } from './limits.ts';
import { hiddenLines, hideIn } from './hidden.ts';
import { locator, type Locate } from './lines.ts';
import { placer } from './place.ts';
import { toPlain } from './plain.ts';
import { scan } from './scan.ts';
import { syntaxProblems } from './syntax.ts';
import { maskRegions, unquotedTemplate, type Region } from './template.ts';
import { sizeProblem, withoutMark } from './text.ts';

/**
 * YAML text to plain values with places. Never throws; all problems at once, as far as the parser can go on.
 * A source may come along with problems, so that what else is wrong with its values can be told too. All files of a run
 * have one `budget`, and each is parsed once, however often it is taken in.
 */
export function parseSource(text: string, file: string, budget = newBudget()): Parsed {
  const known = budget.known.get(file);
  if (known?.text === text) {
    budget.left -= again(known.values);
    return budget.left < 0 ? { source: undefined, problems: [beyond(file)] } : known.parsed;
  }
  budget.left -= PER_FILE;
  const { left } = budget;
  const parsed = parseNew(text, file, budget);
  budget.known.set(file, { text, parsed, values: left - budget.left });
  return parsed;
}

function parseNew(text: string, file: string, budget: Budget): Parsed {
  const tooLarge = sizeProblem(text, file);
  if (tooLarge) return { source: undefined, problems: [tooLarge] };
  const original = withoutMark(text);
  const locate = locator(original, file);
  const problems = findBadCharacters(original, locate);
  const told = (more: readonly Problem[]): Problem[] => {
    const all = sortProblems([...problems, ...more]);
    return all.length === 0 ? all : hideIn(all, hiddenLines(text));
  };
  try {
    const { source, more } = parse(blankBadCharacters(original), file, locate, budget);
    const lines = new Set(problems.map(({ place }) => place?.line));
    // What the parser says about a line with a blanked character may be our own doing.
    const sound = more.filter(({ code, place }) => code !== 'YAML_SYNTAX' || !lines.has(place?.line));
    return { source, problems: told(sound) };
  } catch (error) {
    if (!(error instanceof NetwrightError)) throw error;
    return { source: undefined, problems: told(error.problems) };
  }
}

function parse(
  text: string,
  file: string,
  locate: Locate,
  budget: Budget,
): { source: Source | undefined; more: Problem[] } {
  const { masked, regions, unclosed } = maskTemplates(text, locate);
  const unquoted = regions.map((region) => unquotedTemplate(text, region, locate));
  const { documents, errors, warnings } = compose(masked);
  const [document, second] = documents;
  const onTemplate = new Set(regions.map(({ start }) => locate(start).line));
  const syntax = syntaxProblems(errors, masked, unclosed, locate).filter(({ place }) => !onTemplate.has(place!.line));
  const tags = warnings.map(({ pos: [start, end] }) => unknownTag(text.slice(start, end), locate(start, end)));
  const several = second ? [severalDocuments(locate(second.range[0]))] : [];
  const more = [...unquoted, ...syntax, ...tags, ...several];
  if (document === undefined || syntax.length > 0 || second) return { source: undefined, more };

  const templates = new Map(regions.map(({ start, end }) => [start, text.slice(start, end)]));
  const { value, problems, targets } = toPlain(document, locate, templates, budget);
  return { source: { file, value, place: placer(document, locate, targets) }, more: [...more, ...problems] };
}

const beyond = (file: string): Problem => ({
  code: 'TOO_MANY_NODES',
  message: beyondBudget,
  place: { file, line: 1, column: 1 },
  hint: 'take it in less often',
});

/** What several documents in one text, of a variable for instance, stand for: data, in which nothing is a template. */
export function parseDocuments(text: string): { readonly values: readonly unknown[]; readonly problems: Problem[] } {
  const locate = locator(text, '');
  const { documents, errors } = compose(text);
  const syntax = syntaxProblems(errors, text, [], locate);
  if (syntax.length > 0) return { values: [], problems: syntax };
  const plain = documents.map((document) => toPlain(document, locate, new Map(), newBudget()));
  return { values: plain.map(({ value }) => value), problems: plain.flatMap(({ problems }) => problems) };
}

/** A template may hide another from the tokens (by a quote in it), so this looks again until there is none. */
function maskTemplates(
  text: string,
  locate: Locate,
): { masked: string; regions: Region[]; unclosed: readonly number[] } {
  const regions: Region[] = [];
  let masked = text;
  for (let round = 0; ; round++) {
    const { templates, unclosed, beyond } = scan(masked);
    if (beyond) {
      const place = locate(beyond.offset);
      throw new NetwrightError(
        beyond.limit === 'depth'
          ? { code: 'TOO_DEEP', message: `more than ${MAX_DEPTH} levels inside one another`, place }
          : { code: 'TOO_MANY_NODES', message: `more than ${MAX_NODES} values`, place, hint: 'split the file' },
      );
    }
    if (templates.length === 0 || round === 9) return { masked, regions, unclosed };
    masked = maskRegions(masked, templates);
    regions.push(...templates);
  }
}

const unknownTag = (tag: string, place: Problem['place']): Problem => ({
  code: 'UNKNOWN_TAG',
  message: `the tag ${tag} is not known`,
  place,
  hint: 'only !vault, !unsafe and the tags of YAML itself are',
});

const severalDocuments = (place: Problem['place']): Problem => ({
  code: 'MULTIPLE_DOCUMENTS',
  message: 'a second document starts here',
  place,
  hint: 'one file is one document',
});
