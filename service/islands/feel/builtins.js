// FEEL's own functions where feelin counts in doubles or lacks them, and the functions every list,
// date and text deserves. Importing this module installs them.
import {
  FeelDate, FeelRange, builtins, createArgsValidator, createRegexp, dateFrom, dateOf, equals, fn, getType, invalidArguments,
  isDate, isDateTime, isDuration, isNil, isTime, listFn, parseParameterNames, timeFrom, timeOf, toComparable, toString, FeelTime,
  FeelDuration, isZoned, parseDate, parseTime,
} from '../.build/feelin.js';
import { Temporal } from 'temporal-polyfill';
import { Decimal, ONE, ZERO, dec, finite, int, isDecimal } from './numbers.js';
import { cmp } from './semantics.js';
import { capitals } from './capitals.js';
import { rangeFunctions } from './ranges.js';
import { workdayFunctions } from './workdays.js';

/** Like feelin's `fn`, but numbers arrive as decimals. */
export function exact(definition, types, names = null) {
  const check = createArgsValidator(types);
  const wrapped = (...args) => {
    const values = check(args);
    return values ? definition(...values) : invalidArguments(`Wrong arguments for ${(names || types).join(', ')}`);
  };
  wrapped.$args = names || parseParameterNames(definition);
  return wrapped;
}

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

const total = (numbers) => numbers.reduce((a, b) => a.plus(b));
const ofNumbers = (definition) => listFn((...numbers) => (numbers.length ? finite(definition(numbers)) : null), 'number', ['...list']);

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
  return finite(dec(text));
}

function toDate(year, month, day, from) {
  const source = from ?? (isDecimal(year) ? undefined : year);
  let date = null;
  if (isDecimal(year) && isDecimal(month) && isDecimal(day) && isNil(from)) date = dateFrom(year, month, day);
  else if (typeof source === 'string') date = parseDateText(source);
  else if (isDate(source)) date = source;
  else if (isDateTime(source)) date = dateOf(source);
  return date || invalidArguments('{from} is not a valid date', { from: source ?? year });
}

const ISO_DATE = /^(-?\d{4,9})-(\d{2})-(\d{2})$/;

function parseDateText(text) {
  const parts = ISO_DATE.exec(text);
  if (!parts || (parts[1].replace('-', '').length > 4 && parts[1].replace('-', '').startsWith('0'))) return null;
  return dateFrom(dec(parts[1]), dec(parts[2]), dec(parts[3]));
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

/** A stable merge sort: it asks `precedes` once a comparison, and never relies on the answer for the other order. */
function sorted(list, precedes) {
  if (list.length < 2) return list;
  const middle = list.length >> 1;
  const left = sorted(list.slice(0, middle), precedes);
  const right = sorted(list.slice(middle), precedes);
  const result = [];
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const takeRight = l >= left.length || (r < right.length && precedes.invoke([right[r], left[l]]) === true);
    result.push(takeRight ? right[r++] : left[l++]);
  }
  return result;
}

function listReplace(list, position, newItem, match) {
  const matcher = position ?? match;
  if (isDecimal(matcher)) {
    const place = int(matcher.trunc());
    const index = place < 0 ? list.length + place : place - 1;
    if (index < 0 || index >= list.length) return invalidArguments('list replace: no position {matcher}', { matcher });
    return list.map((item, i) => (i === index ? newItem : item));
  }
  if (getType(matcher) !== 'function') return invalidArguments('list replace expects a position or a function');
  if (matcher.parameterNames.length !== 2) return invalidArguments('list replace expects a function of an item and the new item');
  return list.map((item) => (matcher.invoke([item, newItem]) === true ? newItem : item));
}

const same = (a, b) => equals(a, b) === true;

function duplicates(list) {
  return list.filter((x, i) => list.findIndex((y) => same(x, y)) === i && list.some((y, j) => j > i && same(x, y)));
}

function partition(list, size) {
  if (size < 1) return invalidArguments('partition(list, size) expects a size of at least 1');
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

function extract(text, pattern) {
  const regexp = createRegexp(pattern, '', 'g');
  return regexp ? [...text.matchAll(regexp)].map((match) => match[0]) : invalidArguments('{pattern} is no pattern', { pattern });
}

function modulo(dividend, divisor) {
  if (divisor.isZero()) return invalidArguments('modulo(dividend, divisor) does not accept 0 as a divisor');
  return finite(dividend.minus(divisor.times(dividend.div(divisor).floor())));
}

const positive = (apply, allowed, name) => exact(
  (number) => (allowed(number) ? finite(apply(number)) : invalidArguments(`${name}(number) does not accept {number}`, { number })),
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
  stddev: listFn((...numbers) => (numbers.length < 2 ? null : finite(stddev(numbers))), 'number', ['...list']),
  mode: listFn((...numbers) => mode(numbers), 'number', ['...list']),
  min: extreme(-1),
  max: extreme(1),
  'amount in capitals': exact(capitals, ['number'], ['amount']),
};

const DATES = {
  date: exact(toDate, ['any?', 'number?', 'number?', 'any?'], ['year', 'month', 'day', 'from']),
  time: exact(toTime, ['any?', 'number?', 'number?', 'any?', 'any?'], ['hour', 'minute', 'second', 'offset', 'from']),
  'years and months duration': exact(monthsBetween, ['any', 'any'], ['from', 'to']),
  'last day of month': fn((date) => new FeelDate(lastDay(date)), ['any'], ['date']),
};

/** Whole months from one day to the other. */
function monthsBetween(from, to) {
  const days = [from, to].map((value) => (isDate(value) ? value.value : isDateTime(value) ? value.value.toPlainDate() : null));
  if (days.includes(null)) return invalidArguments('years and months duration expects two dates');
  const { months } = days[0].until(days[1], { largestUnit: 'month' });
  return new FeelDuration(Temporal.Duration.from({ years: Math.trunc(months / 12), months: months % 12 }), true);
}

function lastDay(date) {
  const day = isDateTime(date) ? date.value.toPlainDate() : date.value;
  return day.with({ day: day.daysInMonth });
}

const LISTS = {
  'index of': exact((list, match) => list.flatMap((item, i) => (same(item, match) ? [dec(i + 1)] : [])), ['list', 'any?'], ['list', 'match']),
  'list replace': exact(listReplace, ['list', 'any?', 'any?', 'function?'], ['list', 'position', 'newItem', 'match']),
  sort: exact(sorted, ['list', 'function'], ['list', 'precedes']),
  'is empty': fn((list) => list.length === 0, ['list'], ['list']),
  'duplicate values': fn(duplicates, ['list'], ['list']),
  partition: fn(partition, ['list', 'number'], ['list', 'size']),
};

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

const TEXTS = {
  matches: fn(matchesPattern, ['string', 'string', 'string?'], ['input', 'pattern', 'flags']),
  replace: fn(replacePattern, ['string', 'string', 'string', 'string?'], ['input', 'pattern', 'replacement', 'flags']),
  trim: fn((string) => string.trim(), ['string'], ['string']),
  'is blank': fn((string) => string.trim() === '', ['string'], ['string']),
  extract: fn(extract, ['string', 'string'], ['string', 'pattern']),
};

const PRESENCE = {
  'is defined': Object.assign((value) => value !== undefined, { $args: ['value'] }),
  'get or else': Object.assign((value, fallback) => value ?? fallback ?? null, { $args: ['value', 'default'] }),
};

const standard = new Set(Object.keys(builtins));
Object.assign(builtins, NUMBERS, DATES, LISTS, TEXTS, PRESENCE, rangeFunctions(exact), workdayFunctions(exact));

/** Every function name, for the parser (names with spaces) and for the check of unknown functions. */
export const FUNCTION_NAMES = Object.keys(builtins);

/** Those that neither feelin nor its parser knows. */
export const ADDED_NAMES = FUNCTION_NAMES.filter((name) => !standard.has(name));
