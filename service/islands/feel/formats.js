// Numbers and dates as letters and notices write them.
import { invalidArguments, isDate, isDateTime, isZoned, zonedDateTime } from '../.build/feelin.js';
import { Decimal, int } from './numbers.js';
import { ZONE } from './moment.js';

/** With exactly so many decimal places, rounded half up, and commas between thousands. */
function formatNumber(n, places) {
  if (!places.isInteger() || places.isNegative() || places.gt(30)) {
    return invalidArguments('format number(n, places) expects 0 to 30 places, got {places}', { places });
  }
  if (n.e > 33) return invalidArguments('format number(n, places) does not write {n}', { n });
  const text = n.toFixed(int(places), Decimal.ROUND_HALF_UP);
  const [, sign, whole, fraction] = /^(-?)(\d+)(.*)$/.exec(text);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return (/[1-9]/.test(text) ? sign : '') + grouped + fraction;
}

const FIELDS = {
  YYYY: (t) => pad(t.year, 4), MM: (t) => pad(t.month, 2), M: (t) => String(t.month), DD: (t) => pad(t.day, 2), D: (t) => String(t.day),
  HH: (t) => pad(t.hour, 2), mm: (t) => pad(t.minute, 2), ss: (t) => pad(t.second, 2),
};
const FIELD = /YYYY|MM|M|DD|D|HH|mm|ss/g;
const CLOCK = /HH|mm|ss/;

const pad = (number, length) => String(number).padStart(length, '0');

/** A date, or a date and time as a clock in Shanghai shows it. */
function formatDate(date, pattern) {
  if (!isDate(date) && !isDateTime(date)) return invalidArguments('format date(date, pattern) expects a date, got {date}', { date });
  if (isDate(date) && CLOCK.test(pattern)) return invalidArguments('format date(date, pattern): a date has no {pattern}', { pattern });
  const shown = isDateTime(date) && isZoned(date) ? zonedDateTime(date).withTimeZone(ZONE) : date.value;
  return pattern.replace(FIELD, (field) => FIELDS[field](shown));
}

export const formatFunctions = (exact) => ({
  'format number': exact(formatNumber, ['number', 'number'], ['n', 'places']),
  'format date': exact(formatDate, ['any', 'string'], ['date', 'pattern']),
});
