// Arithmetic on durations that feelin lacks or has otherwise.
import { FeelDate, FeelDuration, isDate, isDuration, isTime } from '../.build/feelin.js';
import { Temporal } from 'temporal-polyfill';
import { NEGATION, dec, int, isDecimal } from './numbers.js';

const NANOSECONDS = dec(1e9);

export const ymMonths = (duration) => duration.value.years * 12 + duration.value.months;

/** Seconds of a days and time duration, or months of a years and months duration, as a decimal. */
function length(duration) {
  if (duration.yearsMonths) return dec(ymMonths(duration));
  const { days, hours, minutes, seconds, milliseconds, microseconds, nanoseconds } = duration.value;
  const whole = dec(days).times(86400).plus(dec(hours).times(3600)).plus(dec(minutes).times(60)).plus(seconds);
  return whole.plus(dec(milliseconds).times(1e6).plus(dec(microseconds).times(1e3)).plus(nanoseconds).div(NANOSECONDS));
}

function fromLength(amount, yearsMonths) {
  if (amount.abs().gt(9e14)) return null;
  if (yearsMonths) {
    const months = amount.trunc().toNumber();
    return new FeelDuration(Temporal.Duration.from({ years: Math.trunc(months / 12), months: months % 12 }), true);
  }
  const seconds = amount.trunc();
  const nanoseconds = amount.minus(seconds).times(NANOSECONDS).round().toNumber();
  const exact = Temporal.Duration.from({ seconds: seconds.toNumber(), nanoseconds });
  return new FeelDuration(exact.round({ largestUnit: 'day' }), false);
}

/** A date stays a date, whatever the duration; a time has no months. */
function moved(operation, point, duration) {
  if (isTime(point) && duration.yearsMonths) return null;
  if (!isDate(point)) return undefined;
  const midnight = point.value.toPlainDateTime();
  return new FeelDate((operation === 'add' ? midnight.add(duration.value) : midnight.subtract(duration.value)).toPlainDate());
}

/** The result of an operator that feelin has otherwise; null if it has no value; undefined if it is not such a case. */
export function scaleDuration(operation, left, right) {
  const leftIs = isDuration(left);
  const rightIs = isDuration(right);
  if (!leftIs && !rightIs) return operation === 'subtract' && isTime(left) !== isTime(right) ? null : undefined;
  if (operation === 'subtract' && left === NEGATION) return new FeelDuration(right.value.negated(), right.yearsMonths);
  if (operation === 'exponentiate') return null;
  if (operation === 'subtract' && leftIs && !rightIs) return null;
  if (operation === 'add' || operation === 'subtract') return moved(operation, leftIs ? right : left, leftIs ? left : right);
  if (leftIs && rightIs) {
    if (operation === 'multiply' || left.yearsMonths !== right.yearsMonths || length(right).isZero()) return null;
    return length(left).div(length(right));
  }
  if (rightIs && operation === 'divide') return null;
  const [duration, factor] = leftIs ? [left, right] : [right, left];
  if (!isDecimal(factor) || (operation === 'divide' && factor.isZero())) return null;
  const amount = operation === 'divide' ? length(duration).div(factor) : length(duration).times(factor);
  return fromLength(amount, duration.yearsMonths);
}

/** Seconds with a fraction as the fields of a clock. */
export function secondParts(second) {
  const exact = dec(second);
  const whole = exact.floor();
  const nanoseconds = exact.minus(whole).times(NANOSECONDS).round().toNumber();
  return {
    second: int(whole),
    millisecond: Math.floor(nanoseconds / 1e6),
    microsecond: Math.floor(nanoseconds / 1e3) % 1000,
    nanosecond: nanoseconds % 1000,
  };
}
