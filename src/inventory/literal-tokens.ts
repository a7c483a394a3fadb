/** The tokens of a Python literal, each to be matched where it stands (https://docs.python.org/3/reference/lexical_analysis.html). */

/** A quote, with the letters that may stand before it. */
export const PREFIX = /(?:[bBuU]|[rR]|[bB][rR]|[rR][bB])?['"]/y;
export const SINGLE = /'''(?:\\[^]|(?!''')[^\\])*'''|'(?:\\[^]|[^'\\])*'/y;
export const DOUBLE = /"""(?:\\[^]|(?!""")[^\\])*"""|"(?:\\[^]|[^"\\])*"/y;
export const ESCAPES = /\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-7]{1,3}|[^])/g;

const DIGITS = '[0-9](?:_?[0-9])*';

/** Whole numbers in four bases, without leading zeros, and numbers with a point or an exponent. */
export const NUMBER = new RegExp(
  [
    '0[xX](?:_?[0-9A-Fa-f])+',
    '0[oO](?:_?[0-7])+',
    '0[bB](?:_?[01])+',
    `(?:${DIGITS})?\\.${DIGITS}(?:[eE][-+]?${DIGITS})?`,
    `${DIGITS}\\.(?:[eE][-+]?${DIGITS})?`,
    `${DIGITS}[eE][-+]?${DIGITS}`,
    '[1-9](?:_?[0-9])*',
    '0(?:_?0)*(?![0-9_])',
  ].join('|'),
  'y',
);
