// What goes through lists and ranges: loops, quantifiers, filters.
import { compareValue, createRange, extractValue, getType, isArray, isContext } from '../.build/feelin.js';
import { at, isDecimal } from './numbers.js';
import { attempt, warn } from './parts.js';
import { run } from './run.js';
import { cmp } from './semantics.js';

export const quantified = (part, decisive) => (context) => (producer, condition) => {
  const contexts = producer(context);
  if (getType(contexts) !== 'list') return contexts;
  let unknown = false;
  for (const each of contexts) {
    const result = condition(each);
    if (result === decisive) return decisive;
    if (typeof result !== 'boolean') unknown = true;
  }
  return unknown ? null : !decisive;
};

export const inExpression = (part) => {
  const [name, , source] = part.args;
  return (context) => {
    const target = source(context);
    const result = countable(target, source.bounds) ? attempt(part, () => extractValue(context, name, () => target)) : null;
    return result === null ? warn(part, 'INVALID_TYPE', 'There is no list to go through') : result;
  };
};

/** Ranges of numbers and dates can be counted through; downwards only where the bounds are written so (`5..1`). */
function countable(target, bounds) {
  if (getType(target) !== 'range') return true;
  return typeof target.start !== 'string' && (bounds || cmp(target.start, target.end) <= 0);
}

/** What `for` goes through: a list, or from one bound to the other. */
export const iterationContext = (part) => {
  const [first, , last] = part.args;
  if (!last) return first;
  const range = (scope) => {
    const [start, end] = [first(scope), last(scope)];
    if (start === null || end === null) return warn(part, 'INVALID_TYPE', 'A bound of the range is null');
    return attempt(part, () => createRange(start, end));
  };
  return Object.assign(range, { bounds: true });
};

/** `partial` is the list of the results so far; each round that reads it sees its own. */
export const forExpression = (part) => {
  const [, source] = part.args;
  const result = part.args.at(-1);
  const told = /\bpartial\b/.test(part.node.input);
  return (context) => {
    const rounds = source(context);
    if (getType(rounds) !== 'list') return rounds;
    const results = [];
    for (const scope of rounds) {
      if (told) scope.partial = [...results];
      results.push(result(scope));
    }
    return results;
  };
};

export const filterExpression = (part) => (context) => {
  const target = part.args[0](context);
  if (target === null) return null;
  const test = part.args[2];
  const list = isArray(target) ? target : [target];
  if (test.type === 'number') return position(list, test(context));
  if (!list.length) return quietly(() => isDecimal(verdictOn(test, null, context))) ? null : [];
  const kept = [];
  for (const item of list) {
    const verdict = item === null ? quietly(() => verdictOn(test, null, context)) : verdictOn(test, item, context);
    if (isDecimal(verdict)) return position(list, verdict);
    if (verdict === true) kept.push(item);
    else if (verdict !== false && verdict !== null) warn(part, 'INVALID_TYPE', 'A filter is {verdict}', { verdict });
  }
  return kept;
};

const position = (list, index) => (isDecimal(index) ? at(list, index) : null);

function verdictOn(test, item, context) {
  const scope = Object.assign({}, context, { item });
  if (isContext(item)) Object.assign(scope, item);
  const verdict = test(scope);
  return typeof verdict === 'function' || getType(verdict) === 'range' ? compareValue(verdict, item) : verdict;
}

/** The standard's null for what an element that is null, or is not there at all, fits: nothing, and that is no mistake. */
function quietly(work) {
  const { strict } = run;
  const before = run.warnings.length;
  run.strict = false;
  try {
    return work();
  } finally {
    run.strict = strict;
    run.warnings.length = before;
  }
}
