// FEEL's own functions where feelin counts in doubles or lacks them, and the functions every list,
// date and text deserves. Importing this module installs them.
import {
  FeelDate, FeelDuration, FeelTime, builtins, dateFrom, dateOf, equals, fn, getType, invalidArguments, isArray, isDate, isDateTime,
  isDuration, isNil, isTime, listFn, parseTime, timeFrom, timeOf, toString,
} from '../.build/feelin.js';
import { Temporal } from 'temporal-polyfill';
import { exact } from './define.js';
import { LISTS } from './lists.js';
import { Decimal, ONE, ZERO, dec, finite, int, isDecimal } from './numbers.js';
import { cmp, getFromContext } from './semantics.js';
import { capitals } from './capitals.js';
import { formatFunctions } from './formats.js';
import { parseDate } from './parsing.js';
import { rangeFunctions } from './ranges.js';
import { TEXTS } from './texts.js';
import { PROTOTYPE } from './values.js';
import { workdayFunctions } from './workdays.js';

const ROUND = { up: Decimal.ROUND_UP, down: Decimal.ROUND_DOWN, halfUp: Decimal.ROUND_HALF_UP,
  halfDown: Decimal.ROUND_HALF_DOWN, halfEven: Decimal.ROUND_HALF_EVEN, floor: Decimal.ROUND_FLOOR, ceiling: Decimal.ROUND_CEIL };

/** `number` to `scale` decimal places; a negative scale rounds to tens, hundreds … */
function rounded(number, scale, mode) {
  const places = int(scale.trunc());
  if (places < -6111 || places > 6176) return invalidArguments('The scale {scale} is out of range', { scale });
  if (places >= 0) return number.toDecimalPlaces(places, mode);
  const unit = dec(10).pow(-places);
  return number.div(unit).toDecimalPlaces(0, mode).times(unit);
}

const rounding = (mode, types = ['number', 'number']) =>
  exact((n, scale) => rounded(n, scale === undefined ? ZERO : scale, mode), types, ['n', 'scale']);

/** A number that is a quantity; overflow and the like are a failed call. */
const quantity = (value) => (value === null ? null : finite(value) ?? invalidArguments('the result is beyond all numbers'));

const total = (numbers) => numbers.reduce((a, b) => a.plus(b));
const ofNumbers = (definition) => listFn((...numbers) => (numbers.length ? quantity(definition(numbers)) : null), 'number', ['...list']);

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a.cmp(b));
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : sorted[middle - 1].plus(sorted[middle]).div(2);
}

function stddev(numbers) {
  const mean = total(numbers).div(numbers.length);
  return total(numbers.map((n) => n.minus(mean).pow(2))).div(numbers.length - 1).sqrt();
}

function mode(numbers) {
  const counts = new Map();
  for (const n of numbers) counts.set(String(n), (counts.get(String(n)) || 0) + 1);
  const most = Math.max(0, ...counts.values());
  return [...counts].filter(([, count]) => count === most).map(([n]) => dec(n)).sort((a, b) => a.cmp(b));
}

const ORDERED = new Set(['number', 'string', 'date', 'time', 'date time', 'duration']);

/** The first or last of values of one ordered type. */
const extreme = (sign) => listFn((...list) => {
  if (!list.length) return null;
  const type = getType(list[0]);
  if (!ORDERED.has(type) || list.some((value) => getType(value) !== type)) {
    return invalidArguments('min and max expect values of one ordered type');
  }
  return list.reduce((best, value) => (cmp(value, best) * sign > 0 ? value : best));
}, 'any?', ['...list']);

const NUMERAL = /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,4})?$/i;

function parseNumber(from, grouping, decimalSign) {
  const signs = [' ', '.', ',', undefined, null];
  if (!signs.includes(grouping) || ![...signs.slice(1)].includes(decimalSign) || (grouping && grouping === decimalSign)) {
    return invalidArguments('number(from) does not accept these separators');
  }
  let text = grouping ? from.split(grouping).join('') : from;
  if (decimalSign === ',') text = text.replace(/\./g, '#').replace(',', '.');
  if (!NUMERAL.test(text)) return invalidArguments('number(from) expects a numeric string, got {from}', { from });
  return quantity(dec(text));
}

function toDate(year, month, day, from) {
  const source = from ?? (isDecimal(year) ? undefined : year);
  let date = null;
  if (isDecimal(year) && isDecimal(month) && isDecimal(day) && isNil(from)) date = dateFrom(year, month, day);
  else if (typeof source === 'string') date = parseDate(source);
  else if (isDate(source)) date = source;
  else if (isDateTime(source)) date = dateOf(source);
  return date || invalidArguments('{from} is not a valid date', { from: source ?? year });
}

function toTime(hour, minute, second, offset, from) {
  const source = from ?? (isDecimal(hour) ? undefined : hour);
  let time = null;
  if (isDecimal(hour)) {
    if (isDecimal(minute) && isDecimal(second) && (isNil(offset) || isDuration(offset))) time = timeFrom(hour, minute, second, offset);
  } else if (typeof source === 'string') time = parseTime(source);
  else if (isTime(source)) time = source;
  else if (isDateTime(source)) time = timeOf(source);
  else if (isDate(source)) time = new FeelTime(new Temporal.PlainTime(), 'UTC');
  return time || invalidArguments('{from} is not a valid time', { from: source ?? hour });
}

function modulo(dividend, divisor) {
  if (divisor.isZero()) return invalidArguments('modulo(dividend, divisor) does not accept 0 as a divisor');
  return quantity(dividend.mod(divisor)); // exact however far apart the two are
}

const positive = (apply, allowed, name) => exact(
  (number) => (allowed(number) ? quantity(apply(number)) : invalidArguments(`${name}(number) does not accept {number}`, { number })),
  ['number'], ['number'],
);

const NUMBERS = {
  number: exact(parseNumber, ['string', 'string?', 'string?'], ['from', 'grouping separator', 'decimal separator']),
  string: exact((from) => (from === null ? null : toString(from)), ['any'], ['from']),
  decimal: rounding(ROUND.halfEven),
  floor: rounding(ROUND.floor, ['number', 'number?']),
  ceiling: rounding(ROUND.ceiling, ['number', 'number?']),
  'round up': rounding(ROUND.up),
  'round down': rounding(ROUND.down),
  'round half up': rounding(ROUND.halfUp),
  'round half down': rounding(ROUND.halfDown),
  abs: exact((n) => (isDecimal(n) ? n.abs() : isDuration(n) ? new FeelDuration(n.value.abs(), n.yearsMonths)
    : invalidArguments('abs(n) expects a number or duration, got {n}', { n })), ['any'], ['n']),
  modulo: exact(modulo, ['number', 'number'], ['dividend', 'divisor']),
  sqrt: positive((n) => n.sqrt(), (n) => !n.isNegative() || n.isZero(), 'sqrt'),
  log: positive((n) => n.ln(), (n) => n.gt(0), 'log'),
  exp: positive((n) => n.exp(), (n) => n.lt(14200), 'exp'),
  odd: exact((n) => n.abs().mod(2).eq(ONE), ['number'], ['number']),
  even: exact((n) => n.mod(2).isZero(), ['number'], ['number']),
  sum: ofNumbers(total),
  mean: ofNumbers((numbers) => total(numbers).div(numbers.length)),
  product: ofNumbers((numbers) => numbers.reduce((a, b) => a.times(b))),
  median: ofNumbers(median),
  stddev: listFn((...numbers) => (numbers.length < 2 ? null : quantity(stddev(numbers))), 'number', ['...list']),
  mode: listFn((...numbers) => mode(numbers), 'number', ['...list']),
  min: extreme(-1),
  max: extreme(1),
  'amount in capitals': exact(capitals, ['number'], ['amount']),
};

const DATES = {
  date: exact(toDate, ['any?', 'number?', 'number?', 'any?'], ['year', 'month', 'day', 'from']),
  time: exact(toTime, ['any?', 'number?', 'number?', 'any?', 'any?'], ['hour', 'minute', 'second', 'offset', 'from']),
  'years and months duration': exact(monthsBetween, ['any', 'any'], ['from', 'to']),
  cycle: exact(cycle, ['any?', 'any?'], ['repetitions', 'interval']),
  'last day of month': fn((date) => new FeelDate(lastDay(date)), ['any'], ['date']),
};

/** Whole months from one day to the other. */
function monthsBetween(from, to) {
  const days = [from, to].map((value) => (isDate(value) ? value.value : isDateTime(value) ? value.value.toPlainDate() : null));
  if (days.includes(null)) return invalidArguments('years and months duration expects two dates');
  const { months } = days[0].until(days[1], { largestUnit: 'month' });
  return new FeelDuration(Temporal.Duration.from({ years: Math.trunc(months / 12), months: months % 12 }), true);
}

/** What a timer that repeats is written with: R3/PT1H, or R/PT1H for one without an end. */
function cycle(repetitions, interval) {
  const [times, every] = interval == null ? [null, repetitions] : [repetitions, interval];
  if (!isDuration(every)) return invalidArguments('cycle(repetitions, interval) expects a duration, got {every}', { every });
  if (times !== null && !(isDecimal(times) && times.isInteger() && times.gte(0))) {
    return invalidArguments('cycle(repetitions, interval) expects a whole number of repetitions, got {times}', { times });
  }
  return `R${times === null ? '' : times.toFixed()}/${toString(every)}`;
}

function lastDay(date) {
  const day = isDateTime(date) ? date.value.toPlainDate() : date.value;
  return day.with({ day: day.daysInMonth });
}

function assert(value, condition) {
  return condition === true ? value : invalidArguments('assert: the condition is {condition}', { condition });
}

/** An entry by its name, or by the names that lead to it. */
function getValue(context, key) {
  let value = context;
  for (const name of isArray(key) ? key : [key]) {
    if (typeof name !== 'string') return invalidArguments('get value(m, key) expects a text or a list of texts, got {name}', { name });
    value = getFromContext(name, value) ?? null;
  }
  return value;
}

/** A function that makes entries, for every name but the one that is none. */
const entered = (name, keysOf) => Object.assign((...values) => (keysOf(values).includes(PROTOTYPE)
  ? invalidArguments(`${name}: no entry may be named ${PROTOTYPE}`) : made[name](...values)), { $args: builtins[name].$args });

const made = { ...builtins };

const CONTEXTS = {
  context: entered('context', (entries) => entries.flat().map((entry) => entry?.key)),
  'context put': entered('context put', ([, keys, , key]) => [keys, key].flat()),
  'get value': exact(getValue, ['context', 'any'], ['m', 'key']),
};

const LOGIC = {
  not: exact((negand) => (isNil(negand) ? null : typeof negand === 'boolean' ? !negand
    : invalidArguments('not(negand) expects true or false, got {negand}', { negand })), ['any'], ['negand']),
  is: exact((a, b) => equals(a ?? null, b ?? null, true) === true, ['any?', 'any?'], ['value1', 'value2']),
};

const PRESENCE = {
  assert: exact(assert, ['any', 'any'], ['value', 'condition']),
  'is defined': Object.assign((value) => (value ?? null) !== null, { $args: ['value'] }),
  'get or else': Object.assign((value, fallback) => value ?? fallback ?? null, { $args: ['value', 'default'] }),
};

const standard = new Set(Object.keys(builtins));
Object.assign(builtins, NUMBERS, DATES, LISTS, TEXTS, CONTEXTS, LOGIC, PRESENCE, rangeFunctions(exact), workdayFunctions(exact),
  formatFunctions(exact));

/** Functions that neither feelin nor its parser knows. */
export const ADDED_NAMES = Object.keys(builtins).filter((name) => !standard.has(name));
