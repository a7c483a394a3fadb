import { nearest, suggestion, type Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import type { Failure } from './failures.ts';
import { quote, labelOf, valueAt } from './values.ts';
import { wordsOf } from './words.ts';

/** More options than this are looked up rather than listed. */
const LISTED = 12;

/** Failures in the words of the playbook's author, with places. */
export function problemsOf(failures: readonly Failure[], label: string, value: unknown, at: At): Problem[] {
  // A misspelt key is also a missing one; that is one slip, so it is told once.
  const meant = new Set(failures.flatMap(meantKey));
  return failures
    .filter((failure) => failure.keyword !== 'required' || !meant.has(keyId(failure, missingKey(failure))))
    .map((failure) => problemOf(failure, label, value, at));
}

function problemOf(failure: Failure, label: string, value: unknown, at: At): Problem {
  const { keyword, path, params, schema } = failure;
  const own = labelOf(label, path);
  const found = valueAt(value, path);
  switch (keyword) {
    case 'additionalProperties': {
      const key = unknownKey(failure);
      const keys = Object.keys(schema.properties ?? {});
      const hint = suggestion(key, keys) ?? (keys.length > LISTED ? undefined : `options are ${keys.join(', ')}`);
      const place = placeOf(at, [...path, key], 'key');
      return { code: 'UNKNOWN_KEY', message: `${own}: ${quote(key)} is not an option`, place, hint };
    }
    case 'required': {
      const key = missingKey(failure);
      const description = schema.properties?.[key]?.description;
      const hint = `add ${key}${description === undefined ? '' : ` (${description.replace(/\.$/, '')})`}`;
      const place = placeOf(at, path, 'key');
      return { code: 'MISSING_KEY', message: `${own}: ${quote(key)} is missing`, place, hint };
    }
    case 'propertyNames': {
      const key = String(params.propertyName);
      const place = placeOf(at, [...path, key], 'key');
      const hint = schema.propertyNames?.description;
      return { code: 'BAD_FORMAT', message: `${own}: ${quote(key)} cannot be a key here`, place, hint };
    }
    case 'uniqueItems': {
      const [first, second] = [Number(params.i), Number(params.j)].toSorted((a, b) => a - b) as [number, number];
      const message = `${own}: ${quote(valueAt(found, [second]))} stands twice`;
      const other = { note: 'it stands first at', place: placeOf(at, [...path, first]) };
      return { code: 'DUPLICATE_ITEM', message, place: placeOf(at, [...path, second]), other };
    }
    default: {
      const place = placeOf(at, path);
      const { code, message, hint } = wordsOf(failure, found, place);
      return { code, message: `${own}: ${message}`, place, hint };
    }
  }
}

const unknownKey = ({ params }: Failure): string => String(params.additionalProperty);

const missingKey = ({ params }: Failure): string => String(params.missingProperty);

const keyId = ({ path }: Failure, key: string): string => [...path, key].join('\u0000');

/** The option that an unknown key was probably meant to be. */
function meantKey(failure: Failure): string[] {
  if (failure.keyword !== 'additionalProperties') return [];
  const key = nearest(unknownKey(failure), Object.keys(failure.schema.properties ?? {}));
  return key === undefined ? [] : [keyId(failure, key)];
}
