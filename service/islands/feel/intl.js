// The part of Intl that dates with a zone need, for an engine that has none: UTC and Asia/Shanghai.
const OFFSET_MINUTES = { UTC: 0, 'Etc/UTC': 0, GMT: 0, 'Asia/Shanghai': 480 };

class DateTimeFormat {
  constructor(locale, options = {}) {
    const wanted = String(options.timeZone ?? 'Asia/Shanghai').toLowerCase();
    this.zone = Object.keys(OFFSET_MINUTES).find((zone) => zone.toLowerCase() === wanted);
    if (this.zone === undefined) throw new RangeError(`no time zone ${options.timeZone}`);
  }

  resolvedOptions() {
    return { timeZone: this.zone, locale: 'en', calendar: 'iso8601', numberingSystem: 'latn' };
  }

  formatToParts(instant) {
    return this.#fields(instant).map(([type, value]) => ({ type, value: String(value) }));
  }

  format(instant) {
    const f = Object.fromEntries(this.#fields(instant));
    return `${f.month}/${f.day}/${f.year} ${f.era}, ${f.hour}:${f.minute}:${f.second}`;
  }

  #fields(instant) {
    const local = new Date(Number(instant) + OFFSET_MINUTES[this.zone] * 60000);
    const year = local.getUTCFullYear();
    return [
      ['month', local.getUTCMonth() + 1], ['day', local.getUTCDate()], ['year', year > 0 ? year : 1 - year],
      ['era', year > 0 ? 'AD' : 'BC'], ['hour', local.getUTCHours()], ['minute', local.getUTCMinutes()],
      ['second', local.getUTCSeconds()],
    ];
  }

  static supportedLocalesOf() {
    return [];
  }
}

globalThis.Intl = { DateTimeFormat, supportedValuesOf: () => Object.keys(OFFSET_MINUTES) };
