// Where FEEL's meaning differs from what feelin does: look-ups, equality, order, ranges, the clock.
import {
  FeelDate, FeelDateTime, FeelDuration, FeelFunction, FeelRange, afterStart, beforeEnd, equals, getType, isContext, isDateTime,
  isDuration, isTime, isZoned, normalizeContextKey, rangeIncludesRange, toComparable, toPlainDateTime,
} from '../.build/feelin.js';
import { Temporal } from 'temporal-polyfill';
import { ONE, dec, isDecimal } from './numbers.js';
import { ZONE_OFFSET, currentTime } from './moment.js';
import { ymMonths } from './durations.js';
import { plainYear } from './years.js';

const own = Object.prototype.hasOwnProperty;
const INSTANT = ['year', 'month', 'day', 'weekday'];
const CLOCK = ['hour', 'minute', 'second', 'timezone', 'time offset'];
const PROPERTIES = {
  date: new Set(INSTANT),
  time: new Set(CLOCK),
  'date time': new Set([...INSTANT, ...CLOCK]),
  duration: new Set(['years', 'months', 'days', 'hours', 'minutes', 'seconds']),
  range: new Set(['start', 'end', 'start included', 'end included']),
};

/** An entry of a context or a property of a date, duration or range; undefined if there is none. Nothing else is reachable. */
export function getFromContext(name, target) {
  if (isContext(target)) {
    if (own.call(target, name)) return target[name];
    const wanted = normalizeContextKey(name);
    if (own.call(target, wanted)) return target[wanted];
    // only keys with spaces or signs can differ from their normal form
    for (const key in target) if (key.length !== wanted.length && normalizeContextKey(key) === wanted) return target[key];
    return undefined;
  }
  const known = PROPERTIES[getType(target)];
  if (!known || !known.has(name)) return undefined;
  const value = target[name];
  // a duration has months or hours, not both
  if (value === null && isDuration(target)) return undefined;
  return typeof value === 'number' ? dec(value) : value;
}

export const isNumber = isDecimal;

/** Membership in a list is FEEL equality. */
export const matches = (a, b) => equals(a, b) === true;

/** -1, 0 or 1 for two values of one type. */
export function cmp(a, b) {
  if (isDecimal(a) && isDecimal(b)) return a.cmp(b);
  if (isDuration(a) && isDuration(b)) return durationOrder(a, b);
  const left = toComparable(a) ?? a;
  const right = toComparable(b) ?? b;
  return left < right ? -1 : left > right ? 1 : 0;
}

function durationOrder(a, b) {
  if (a.yearsMonths && b.yearsMonths) return Math.sign(ymMonths(a) - ymMonths(b));
  return Temporal.Duration.compare(a.value, b.value, { relativeTo: Temporal.PlainDate.from('1970-01-01') });
}

/** Months and days are two types, never equal but for the two zeros. */
export function durationEquals(a, b) {
  return a.yearsMonths === b.yearsMonths && durationOrder(a, b) === 0;
}

/** Whether the value lies in the range; null where the two cannot be compared. */
export function rangeIncludes(range, value) {
  let { start, end } = range;
  let startIncluded = range['start included'];
  let endIncluded = range['end included'];
  if ((start === null && end === null) || value === null || value === undefined) return null;
  if (value instanceof FeelRange) return rangeIncludesRange(range, value);
  if (getType(value) !== getType(start ?? end)) return null;
  if (isDuration(value) && value.yearsMonths !== (start ?? end).yearsMonths) return null;
  if (start !== null && end !== null && cmp(start, end) > 0) {
    [start, end] = [end, start];
    [startIncluded, endIncluded] = [endIncluded, startIncluded];
  }
  return afterStart(value, start, startIncluded) && beforeEnd(value, end, endIncluded);
}

/** Counts through a range of numbers in steps of one, down if it descends. */
export function numberRangeMap(start, end, startIncluded, endIncluded, fn) {
  const step = start.gt(end) ? ONE.neg() : ONE;
  const result = [];
  for (let i = startIncluded ? start : start.plus(step); ; i = i.plus(step)) {
    const order = i.cmp(end) * step.toNumber();
    if (order > 0 || (order === 0 && !endIncluded)) return result;
    result.push(fn(i));
  }
}

/** The time between two instants; a time without a zone is one of our own zone. */
export function subtractTemporals(a, b) {
  if (isTime(a) && isTime(b) && !isZoned(a) && !isZoned(b)) return new FeelDuration(a.value.since(b.value), false);
  if (isZoned(a) || isZoned(b)) {
    const milliseconds = toComparable(a) - toComparable(b);
    return new FeelDuration(Temporal.Duration.from({ milliseconds }).round({ largestUnit: 'day' }), false);
  }
  return new FeelDuration(toPlainDateTime(a).since(toPlainDateTime(b), { largestUnit: 'day' }), false);
}

export function now() {
  const zoned = currentTime();
  return new FeelDateTime(zoned.toPlainDateTime(), zoned.timeZoneId);
}

export const today = () => new FeelDate(currentTime().toPlainDate());

/** ISO 8601 as Python and a database read it: offsets, never zone names. */
export function isoText(value) {
  if (isDateTime(value) && isZoned(value) && value.iso.includes('@')) {
    return plainYear(value.value.toString()) + value.value.toZonedDateTime(value.zone).offset;
  }
  if (isTime(value) && value.zone !== null && value.iso.includes('@')) return value.value.toString() + ZONE_OFFSET;
  return value.iso;
}

export const isFunctionValue = (value) => value instanceof FeelFunction;
