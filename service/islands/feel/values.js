// Values at the border: JSON whose numbers are strings that begin with U+0001, so that no reader makes doubles of them.
import { getType } from '../.build/feelin.js';
import { Decimal, numberText } from './numbers.js';
import { isoText } from './semantics.js';

/** A name that JavaScript has a meaning for: what is set by it becomes another thing. */
export const PROTOTYPE = '__proto__';
const TAG = '\u0001';
const MAX_DEPTH = 100;

/** Tagged JSON values to FEEL values, in place. */
export function revive(value) {
  if (typeof value === 'string') return value.charCodeAt(0) === 1 ? new Decimal(value.slice(1)) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = revive(value[i]);
    return value;
  }
  for (const key in value) {
    if (key === PROTOTYPE) throw new TypeError(`no entry may be named ${PROTOTYPE}`);
    value[key] = revive(value[key]);
  }
  return value;
}

/** A result as tagged JSON values. Throws for what is no value of a variable (functions, ranges). */
export function outward(value, depth = 0) {
  if (depth > MAX_DEPTH) throw new RangeError('the result is nested too deeply');
  switch (getType(value)) {
    case 'nil': return null;
    case 'number': return value.isFinite() ? TAG + numberText(value) : refuse('a number beyond all bounds');
    case 'boolean': return value;
    case 'string': return text(value);
    case 'list': return value.map((item) => outward(item, depth + 1));
    case 'context': return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), outward(item, depth + 1)]));
    case 'date': case 'time': case 'date time': case 'duration': return isoText(value);
    default: return refuse(typeof value === 'function' ? 'a function' : `a ${getType(value)}`);
  }
}

/** Halves of characters, which no other language takes for a text. */
export const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** The control characters that mark numbers and end texts elsewhere. */
const CONTROL = /[\u0000\u0001]/;

const text = (value) => (CONTROL.test(value) || value.search(HALF) >= 0 ? refuse('a text with a control character or half of one') : value);

function refuse(what) {
  throw new TypeError(`the result is ${what}, which no variable can hold`);
}
