// Dates as texts write them: ISO 8601 with FEEL's years, nothing that a library would read besides.
import { FeelDate, FeelDateTime, isValidZone, splitZone } from '../.build/feelin.js';
import { Temporal } from 'temporal-polyfill';

const DATE = /^(-?)(\d{4}|[1-9]\d{4,5})-(\d{2})-(\d{2})$/;
const MIDNIGHT = /^24:00(?::00(?:\.0+)?)?$/;

/** A day of the calendar, or null. */
function day(text) {
  const parts = DATE.exec(text);
  if (!parts) return null;
  const [, sign, year, month, dayOfMonth] = parts;
  try {
    return Temporal.PlainDate.from({ year: Number(sign + year), month: Number(month), day: Number(dayOfMonth) }, { overflow: 'reject' });
  } catch {
    return null;
  }
}

export function parseDate(text) {
  const found = day(text);
  return found && new FeelDate(found);
}

/** Without a time it is midnight, and 24:00 is that of the next day. */
export function parseDateTime(text) {
  const { value, zone } = splitZone(text);
  const [written, clock = '00:00:00'] = value.split('T');
  const date = day(written);
  if (!date || value.split('T').length > 2 || /:60/.test(clock)) return null;
  try {
    if (!isValidZone(zone)) return null;
    if (MIDNIGHT.test(clock)) return new FeelDateTime(date.add({ days: 1 }).toPlainDateTime(), zone);
    return new FeelDateTime(date.toPlainDateTime(Temporal.PlainTime.from(clock)), zone);
  } catch {
    return null;
  }
}
