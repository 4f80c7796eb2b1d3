// The relations of points and ranges that feelin leaves out, and ranges written as text.
import { FeelRange, builtins, compile, createRange, equals, getType, invalidArguments, isDuration } from '../.build/feelin.js';
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

/** The points of a point or range. */
const points = (value) => (isRange(value) ? [value.start, value.end].filter((bound) => bound !== null) : [value]);
const kind = (point) => (isDuration(point) && point.yearsMonths ? 'months' : getType(point));

/** A relation of two points or ranges; what cannot be compared has none. */
const relation = (exact, apply, names) => exact((a, b) => {
  const kinds = new Set([...points(a), ...points(b)].map(kind));
  return kinds.size > 1 || kinds.has('nil') ? misfit() : apply(a, b) ?? misfit();
}, ['any', 'any'], names);

export function rangeFunctions(exact) {
  const own = { ...builtins };
  const both = (names) => (name, apply = own[name]) => [name, relation(exact, (a, b) => (
    isRange(a) && isRange(b) ? apply(a, b) : misfit()), names)];
  const ranges = both(['range1', 'range2']);
  const either = (name, apply, names) => [name, relation(exact, apply, names)];
  return {
    ...Object.fromEntries([
      either('before', own.before, ['a', 'b']),
      either('after', own.after, ['a', 'b']),
      either('during', during, ['a', 'range']),
      either('includes', (range, value) => during(value, range), ['range', 'value']),
      either('starts', starts, ['a', 'range']),
      either('started by', (range, a) => starts(a, range), ['range', 'a']),
      either('finishes', finishes, ['a', 'range']),
      either('finished by', (range, a) => finishes(a, range), ['range', 'a']),
      either('coincides', coincides, ['a', 'b']),
      ranges('meets'),
      ranges('met by'),
      ranges('overlaps'),
      ranges('overlaps before', overlapsBefore),
      ranges('overlaps after', (a, b) => overlapsBefore(b, a)),
    ]),
    range: exact(parseRange, ['string'], ['from']),
  };
}
