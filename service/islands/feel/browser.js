// The same expressions in a page: plain JSON values in and out, the page's own clock.
import { FeelError, evaluate as evaluateFeel, inspect, oddShape, passes as passesFeel } from './library.js';
import { numberText, dec, isDecimal } from './numbers.js';
import { isoText } from './semantics.js';
import { getType } from '../.build/feelin.js';

export { FeelError };

/** A JSON value for FEEL: numbers become exact decimals. */
export function inward(value) {
  if (typeof value === 'number') return dec(String(value));
  if (Array.isArray(value)) return value.map(inward);
  if (value === null || typeof value !== 'object') return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inward(item)]));
}

/** A FEEL value as plain JSON. Numbers as JavaScript's own; `decimalText` for the exact digits. */
export function outward(value) {
  switch (getType(value)) {
    case 'number': return value.toNumber();
    case 'list': return value.map(outward);
    case 'context': return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, outward(item)]));
    case 'date': case 'time': case 'date time': case 'duration': return isoText(value);
    case 'function': case 'range': return null;
    default: return value ?? null;
  }
}

/** The value of an expression over plain variables. Strict by default: throws `FeelError` instead of answering null. */
export function evaluate(expression, variables, { strict = true } = {}) {
  return outward(raw(expression, variables, strict));
}

/** Like `evaluate`, but a number comes back as its exact decimal text. */
export function decimalText(expression, variables) {
  const value = raw(expression, variables, true);
  return isDecimal(value) ? numberText(value) : null;
}

function raw(expression, variables, strict) {
  const context = inward(variables);
  return evaluateFeel(expression, context, { strict, odd: oddShape(context) });
}

/** Whether a value passes unary tests. */
export function passes(tests, value, variables, { strict = true } = {}) {
  const context = inward({ ...variables, '?': value });
  return passesFeel(tests, context, { strict, odd: oddShape(context) });
}

/** The variables that an expression reads. Throws `FeelError` of kind syntax. */
export const names = (expression) => [...inspect('expression', expression).names];
