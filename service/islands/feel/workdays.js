// Working days, counted in the calendar that the act was given: a bit a day, as service/engine/calendar.py has it.
import { FeelDate, FeelDateTime, invalidArguments, isDate, isDateTime } from '../.build/feelin.js';
import { Temporal } from 'temporal-polyfill';
import { dec, int } from './numbers.js';
import { ZONE, currentCalendar } from './moment.js';

/** A day outside the calendar was asked for: never answered by a guess. */
export class CalendarMissing extends Error {
  constructor(day) {
    super(`CALENDAR_MISSING: the working-day calendar has no ${day.year}`);
    this.name = 'CalendarMissing';
  }
}

/** `bits` is lower-case hex, the lowest bit of each byte first. */
export class Calendar {
  constructor(first, days, bits) {
    this.first = Temporal.PlainDate.from(first);
    this.days = days;
    this.bits = Uint8Array.from(bits.match(/../g) || [], (pair) => parseInt(pair, 16));
  }

  is(day) {
    const index = this.first.until(day).days;
    if (index < 0 || index >= this.days) throw new CalendarMissing(day);
    return ((this.bits[index >> 3] >> (index & 7)) & 1) === 1;
  }
}

function open(day) {
  const calendar = currentCalendar();
  if (calendar === null) throw new CalendarMissing(day);
  return calendar.is(day);
}

function step(start, count, direction) {
  let day = start;
  for (let left = count; left > 0; ) {
    day = day.add({ days: direction });
    if (open(day)) left -= 1;
  }
  return day;
}

function between(start, end) {
  if (Temporal.PlainDate.compare(end, start) < 0) return -between(end, start);
  let count = 0;
  for (let day = start; !day.equals(end); ) {
    day = day.add({ days: 1 });
    if (open(day)) count += 1;
  }
  return count;
}

function next(day) {
  let candidate = day;
  while (!open(candidate)) candidate = candidate.add({ days: 1 });
  return candidate;
}

/** The calendar day of a date, or of a date and time as its own zone's clock shows it. */
function dayOf(value) {
  if (isDate(value)) return value.value;
  return isDateTime(value) ? value.value.toPlainDate() : null;
}

const counted = (direction) => (value, count) => {
  const day = dayOf(value);
  if (!day) return invalidArguments('{value} is no date', { value });
  if (!count.isInteger() || count.abs().gt(20000)) return invalidArguments('{count} is no number of working days', { count });
  return new FeelDate(step(day, int(count.abs()), count.isNegative() ? -direction : direction));
};

const onDay = (apply) => (value) => {
  const day = dayOf(value);
  return day ? apply(day) : invalidArguments('{value} is no date', { value });
};

function betweenDates(from, to) {
  const [start, end] = [dayOf(from), dayOf(to)];
  return start && end ? dec(between(start, end)) : invalidArguments('workdays between expects two dates');
}

const LAST = Temporal.PlainTime.from('23:59:59.999');

export const workdayFunctions = (exact) => ({
  'workdays after': exact(counted(1), ['any', 'number'], ['date', 'n']),
  'workdays before': exact(counted(-1), ['any', 'number'], ['date', 'n']),
  'workdays between': exact(betweenDates, ['any', 'any'], ['from', 'to']),
  'is workday': exact(onDay(open), ['any'], ['date']),
  'next workday': exact(onDay((day) => new FeelDate(next(day))), ['any'], ['date']),
  'end of day': exact(onDay((day) => new FeelDateTime(day.toPlainDateTime(LAST), ZONE)), ['any'], ['date']),
});
