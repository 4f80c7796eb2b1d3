// Types of item definitions: conformance, the implicit conversions of the standard, allowed values.
import { date, dateAndTime, duration, getType, isContext, time, wrapFunction } from '../../.build/feelin.js';
import { FeelError } from '../library.js';
import { evaluateTest } from './scope.js';
import { spoken } from './words.js';

const KINDS = {
  string: 'string', number: 'number', boolean: 'boolean', date: 'date', time: 'time', 'date and time': 'date time',
  dateTime: 'date time', 'days and time duration': 'duration', 'years and months duration': 'duration',
  dayTimeDuration: 'duration', yearMonthDuration: 'duration', context: 'context', list: 'list', function: 'function',
  integer: 'number', long: 'number', double: 'number',
};
const WHOLE = new Set(['integer', 'long']);
const MONTHS = new Set(['years and months duration', 'yearMonthDuration']);
/** Variables hold dates as ISO texts; where a type asks for a date, the text is read as one. */
const READ = { date, time, 'date time': dateAndTime, duration };

const MISFIT = Symbol('misfit');

/**
 * The value as the type has it. What does not conform is null, or an error in a strict run;
 * `what` names the value in that error.
 */
export function convert(run, value, type, what) {
  if (value === undefined || value === null || !type || type === 'Any') return value ?? null;
  run.misfit = null;
  const result = fit(run, value, type, 0);
  if (result !== MISFIT) return result;
  if (!run.strict) return null;
  const { path, reason } = run.misfit ?? { path: [], reason: '' };
  const whole = !reason || reason === `${spoken(value)} is no ${type}`;
  const part = whole ? '' : ` (${path.length ? `${path.reverse().join('.')}: ` : ''}${reason})`;
  throw new FeelError('type', `${what} is ${spoken(value)}, which does not conform to its type ${type}${part}`);
}

/** The first thing found wrong, from the inside out: it is the one to be mended. */
function misfit(run, reason) {
  run.misfit ??= { reason, path: [] };
  return MISFIT;
}

const defined = ({ model }, name) => (Object.hasOwn(model.items, name) ? model.items[name] : undefined);

function fit(run, value, type, depth) {
  if (value === null || type === 'Any' || depth > 30) return value;
  const kind = KINDS[type];
  if (kind) return fitKind(run, value, kind, type);
  const item = defined(run, type);
  return item ? fitItem(run, value, item, depth + 1) : value;
}

function fitKind(run, value, kind, type) {
  if (Array.isArray(value) && value.length === 1 && kind !== 'list') return fitKind(run, value[0], kind, type);
  if (run.strict && typeof value === 'string' && READ[kind]) value = READ[kind](value) ?? value;
  if (kind === 'date time' && getType(value) === 'date') value = dateAndTime(`${value.iso}T00:00:00Z`);
  if (getType(value) !== kind || (WHOLE.has(type) && !value.isInteger()) || (kind === 'duration' && value.yearsMonths !== MONTHS.has(type))) {
    return misfit(run, `${spoken(value)} is no ${type}`);
  }
  return value;
}

function fitItem(run, value, item, depth) {
  if (!item.list) {
    const single = Array.isArray(value) && value.length === 1 ? value[0] : value;
    return allowed(run, fitOne(run, single, item, depth), item.constraint);
  }
  const list = (Array.isArray(value) ? value : [value]).map((each) => fitOne(run, each, item, depth));
  return list.includes(MISFIT) ? MISFIT : allowed(run, list, item.constraint);
}

function fitOne(run, value, item, depth) {
  if (value === null) return null;
  if (item.function) return wrapFunction(value) ?? misfit(run, `${spoken(value)} is no function`);
  if (item.components) return fitComponents(run, value, item, depth);
  return allowed(run, item.of ? fit(run, value, item.of, depth + 1) : value, item.allowed);
}

function fitComponents(run, value, item, depth) {
  if (!isContext(value)) return misfit(run, `${spoken(value)} has no components`);
  const result = { ...value };
  for (const component of item.components) {
    if (!Object.hasOwn(result, component.name)) return misfit(run, `${component.name} is missing`);
    const part = result[component.name] === null ? null : fitItem(run, result[component.name], component, depth + 1);
    if (part === MISFIT) {
      run.misfit?.path.push(component.name);
      return MISFIT;
    }
    result[component.name] = part;
  }
  return result;
}

/**
 * Whether a value is of the shape of a type that the file defines, as it stands, without conversion; undefined if there is
 * no such type. Allowed values do not count, as the kit has it.
 */
export function isOfType(run, name, value, depth = 0) {
  const item = defined(run, name);
  return item && depth < 30 ? isItem(run, item, value, depth + 1) : undefined;
}

function isItem(run, item, value, depth) {
  const one = (each) => isOne(run, item, each, depth);
  return item.list ? Array.isArray(value) && value.every(one) : one(value);
}

function isOne(run, item, value, depth) {
  if (item.function) return wrapFunction(value) !== null;
  if (item.components) {
    return isContext(value) && item.components.every((each) => Object.hasOwn(value, each.name) && isItem(run, each, value[each.name], depth));
  }
  const own = isOfType(run, item.of, value, depth);
  return own ?? (!item.of || item.of === 'Any' ? value !== null : isKind(value, item.of));
}

function isKind(value, type) {
  if (getType(value) !== KINDS[type] || (WHOLE.has(type) && !value.isInteger())) return false;
  return KINDS[type] !== 'duration' || value.yearsMonths === MONTHS.has(type);
}

function allowed(run, value, tests) {
  if (!tests || value === null || value === MISFIT) return value;
  return evaluateTest(run, tests, value, run.empty) ? value : misfit(run, `${spoken(value)} is none of ${tests}`);
}
