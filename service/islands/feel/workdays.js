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

  /** Days of the calendar are counted from its first; a date costs a hundred times what a number does. */
  index(day) {
    return this.first.until(day).days;
  }

  day(index) {
    return this.first.add({ days: index });
  }

  open(index) {
    if (index < 0 || index >= this.days) throw new CalendarMissing(this.day(index));
    return ((this.bits[index >> 3] >> (index & 7)) & 1) === 1;
  }
}

function calendarFor(day) {
  const calendar = currentCalendar();
  if (calendar === null) throw new CalendarMissing(day);
  return calendar;
}

function open(day) {
  const calendar = calendarFor(day);
  return calendar.open(calendar.index(day));
}

function step(start, count, direction) {
  if (count === 0) return start;
  const calendar = calendarFor(start);
  let index = calendar.index(start);
  for (let left = count; left > 0; ) {
    index += direction;
    if (calendar.open(index)) left -= 1;
  }
  return calendar.day(index);
}

function between(start, end) {
  const calendar = calendarFor(start);
  const [from, to] = [calendar.index(start), calendar.index(end)];
  const [first, last] = from <= to ? [from, to] : [to, from];
  let count = 0;
  for (let index = first + 1; index <= last; index++) if (calendar.open(index)) count += 1;
  return from <= to ? count : -count;
}

function next(day) {
  const calendar = calendarFor(day);
  let index = calendar.index(day);
  while (!calendar.open(index)) index += 1;
  return calendar.day(index);
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
