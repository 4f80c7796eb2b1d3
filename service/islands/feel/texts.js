// Texts: characters, not halves of them, and patterns as XPath has them.
import { createRegexp, fn, invalidArguments, isNil } from '../.build/feelin.js';
import { dec } from './numbers.js';

function extract(text, pattern) {
  const regexp = createRegexp(pattern, '', 'g');
  return regexp ? [...text.matchAll(regexp)].map((match) => match[0]) : invalidArguments('{pattern} is no pattern', { pattern });
}

/** A regular expression with XPath's flags: `x` ignores blanks outside of character classes. */
function pattern(source, flags, always) {
  if (/[^smix]/.test(flags ?? '')) return null;
  const extended = (flags ?? '').includes('x');
  const text = extended ? source.replace(/(\[(?:[^\]\\]|\\.)*\])|\s+/g, (_, kept) => kept ?? '') : source;
  return createRegexp(text, (flags ?? '').replace('x', ''), always);
}

function matchesPattern(input, source, flags) {
  const regexp = pattern(source, flags, '');
  return regexp ? regexp.test(input) : invalidArguments('matches(input, pattern) cannot use {source}', { source });
}

function replacePattern(input, source, replacement, flags) {
  const regexp = pattern(source, flags, 'g');
  if (!regexp) return invalidArguments('replace(input, pattern, replacement) cannot use {source}', { source });
  return input.replace(regexp, replacement.replace(/\$0/g, '$$&'));
}

/** Characters, not halves of them. */
function substring(string, start, length) {
  const symbols = Array.from(string);
  if (start === 0 || start < -symbols.length || length < 0) {
    return invalidArguments('substring(string, start position, length) has no position {start}', { start: dec(start) });
  }
  const first = start < 0 ? symbols.length + start : start - 1;
  return symbols.slice(first, isNil(length) ? undefined : first + length).join('');
}

/** The pieces between the matches; what groups of the pattern match is no piece. */
function split(string, delimiter) {
  const regexp = createRegexp(delimiter, '', '');
  if (!regexp) return invalidArguments('split(string, delimiter) cannot use {delimiter}', { delimiter });
  const groups = new RegExp(`${regexp.source}|`, regexp.flags).exec('').length;
  return string.split(regexp).filter((_, i) => i % groups === 0);
}

export const TEXTS = {
  substring: fn(substring, ['string', 'number', 'number?'], ['string', 'start position', 'length']),
  split: fn(split, ['string', 'string'], ['string', 'delimiter']),
  matches: fn(matchesPattern, ['string', 'string', 'string?'], ['input', 'pattern', 'flags']),
  replace: fn(replacePattern, ['string', 'string', 'string', 'string?'], ['input', 'pattern', 'replacement', 'flags']),
  trim: fn((string) => string.trim(), ['string'], ['string']),
  'is blank': fn((string) => string.trim() === '', ['string'], ['string']),
  extract: fn(extract, ['string', 'string'], ['string', 'pattern']),
};
