// The relations of points and ranges that feelin leaves out, and ranges written as text.
import { FeelRange, compile, createRange, equals, invalidArguments } from '../.build/feelin.js';
import { cmp, rangeIncludes } from './semantics.js';

const isRange = (value) => value instanceof FeelRange;
const startIn = (range) => range['start included'] === true;
const endIn = (range) => range['end included'] === true;
const same = (a, b) => equals(a, b) === true;

/** `a` begins no earlier than `b`, or ends no later: bounds compared with their brackets. */
const startsInside = (a, b) => cmp(a.start, b.start) > 0 || (same(a.start, b.start) && (!startIn(a) || startIn(b)));
const endsInside = (a, b) => cmp(a.end, b.end) < 0 || (same(a.end, b.end) && (!endIn(a) || endIn(b)));

function during(a, range) {
  return isRange(range) ? rangeIncludes(range, a) : misfit();
}

function starts(a, range) {
  if (!isRange(range)) return misfit();
  if (!isRange(a)) return same(a, range.start) && startIn(range);
  return same(a.start, range.start) && startIn(a) === startIn(range) && endsInside(a, range);
}

function finishes(a, range) {
  if (!isRange(range)) return misfit();
  if (!isRange(a)) return same(a, range.end) && endIn(range);
  return same(a.end, range.end) && endIn(a) === endIn(range) && startsInside(a, range);
}

function coincides(a, b) {
  return isRange(a) === isRange(b) ? same(a, b) : misfit();
}

function overlapsBefore(a, b) {
  const earlier = cmp(a.start, b.start) < 0 || (same(a.start, b.start) && startIn(a) && !startIn(b));
  const touching = cmp(a.end, b.start) > 0 || (same(a.end, b.start) && endIn(a) && startIn(b));
  return earlier && touching && endsInside(a, b);
}

const misfit = () => invalidArguments('the function expects a range, or two points');

const BOUND = String.raw`-?\d+(?:\.\d+)?|"(?:[^"\\]|\\.)*"|@"[^"\\]*"|(?:date and time|date|time|duration)\("[^"\\]*"\)`;
const RANGE = new RegExp(String.raw`^\s*([\[(\]])\s*(${BOUND})?\s*\.\.\s*(${BOUND})?\s*([\])\[])\s*$`);

/** A range of literals. */
function parseRange(from) {
  const parts = RANGE.exec(from);
  if (!parts || (parts[2] === undefined && parts[3] === undefined)) return invalidArguments('{from} is no range', { from });
  const [start, end] = [parts[2], parts[3]].map((text) => (text === undefined ? null : literal(text)));
  const [startIncluded, endIncluded] = [parts[1] === '[', parts[4] === ']'];
  if ((start === null && startIncluded) || (end === null && endIncluded)) return invalidArguments('{from} is no range', { from });
  if (start !== null && end !== null && cmp(start, end) > 0) return invalidArguments('{from} is no range', { from });
  return createRange(start, end, startIncluded, endIncluded);
}

const literal = (text) => compile('expression', text, {}, undefined).root({});

export const rangeFunctions = (exact) => ({
  during: exact(during, ['any', 'any'], ['a', 'range']),
  starts: exact(starts, ['any', 'any'], ['a', 'range']),
  'started by': exact((range, a) => starts(a, range), ['any', 'any'], ['range', 'a']),
  finishes: exact(finishes, ['any', 'any'], ['a', 'range']),
  'finished by': exact((range, a) => finishes(a, range), ['any', 'any'], ['range', 'a']),
  coincides: exact(coincides, ['any', 'any'], ['a', 'b']),
  'overlaps before': exact(overlapsBefore, ['range', 'range'], ['range1', 'range2']),
  'overlaps after': exact((a, b) => overlapsBefore(b, a), ['range', 'range'], ['range1', 'range2']),
  range: exact(parseRange, ['string'], ['from']),
});
