// What an expression may depend on beside its variables. Set by the host before each run; a browser
// leaves it alone and gets its own clock.
import { Temporal } from 'temporal-polyfill';

export const ZONE = 'Asia/Shanghai';
/** Times without a zone are meant here; Shanghai's offset, since 1992 without summer time. */
export const ZONE_OFFSET = '+08:00';

const moment = { nowMs: null, calendar: null };

export function setMoment(nowMs, calendar) {
  moment.nowMs = nowMs;
  moment.calendar = calendar;
}

export const currentCalendar = () => moment.calendar;

/** The moment of the act as a zoned date time. */
export function currentTime() {
  const ms = moment.nowMs === null ? Date.now() : moment.nowMs;
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(ZONE);
}
