// Boxed expressions.
import { isContext, isFunction, isInvocationFailure, wrapFunction } from '../../.build/feelin.js';
import { FeelError } from '../library.js';
import { at, isDecimal } from '../numbers.js';
import { convert } from './conversion.js';
import { evaluateText } from './scope.js';
import { evaluateTable } from './table.js';
import { spoken } from './words.js';

const MAX_DEPTH = 150;

/** The value of a boxed expression, as its own type has it. `note` collects what a table tells of itself. */
export function evaluateBoxed(run, expression, scope, title, note = { inputs: [], rules: [] }) {
  if (!expression) return null;
  if (++run.depth > MAX_DEPTH) throw new FeelError('limit', `${title} is nested too deeply`);
  try {
    const value = EVALUATE[expression.kind](run, expression, scope, title, note);
    return convert(run, value, expression.type, title);
  } finally {
    run.depth -= 1;
  }
}

/** A FEEL function of a knowledge model or a function definition. */
export function functionOf(run, { parameters, body, foreign }, type, scope, title) {
  if (foreign) throw new FeelError('type', `${title} is a function in another language than FEEL`);
  const apply = (...values) => {
    const bound = {};
    for (const [i, { name, type: wanted }] of parameters.entries()) {
      if (values[i] === undefined && run.strict) throw new FeelError('type', `${title} is called without its parameter ${name}`);
      bound[name] = convert(run, values[i], wanted, `the parameter ${name} of ${title}`);
      if (bound[name] === null && values[i] !== null && values[i] !== undefined) return null;
    }
    return convert(run, evaluateBoxed(run, body, scope.with(bound), title), type, title);
  };
  return wrapFunction(apply, parameters.map((parameter) => parameter.name));
}

function listOf(run, expression, scope, title) {
  const value = evaluateBoxed(run, expression, scope, title);
  if (value === null) return null;
  if (Array.isArray(value)) return value;
  return value && typeof value.map === 'function' ? value.map((each) => each) : [value];
}

function context(run, { entries }, scope, title) {
  let inner = scope;
  const result = {};
  for (const entry of entries) {
    const value = convert(run, evaluateBoxed(run, entry.value, inner, title), entry.type, `${entry.name || 'the result'} of ${title}`);
    if (!entry.name) return value;
    result[entry.name] = value;
    inner = inner.with({ [entry.name]: value });
  }
  return result;
}

function invocation(run, expression, scope, title) {
  const called = evaluateBoxed(run, expression.function, scope, title);
  if (!isFunction(called)) {
    if (run.strict) throw new FeelError('unknown function', `${title} invokes ${spoken(called)}, which is no function`);
    return null;
  }
  const values = {};
  for (const { name, value } of expression.bindings) values[name] = evaluateBoxed(run, value, scope, title);
  const result = called.invoke(values);
  if (!isInvocationFailure(result)) return result ?? null;
  if (run.strict) throw new FeelError('type', `${title}: the parameters of the invocation do not fit`);
  return null;
}

function filter(run, expression, scope, title) {
  const list = listOf(run, expression.in, scope, title);
  if (list === null) return null;
  const kept = [];
  for (const item of list) {
    const verdict = evaluateBoxed(run, expression.match, scope.with({ ...(isContext(item) ? item : {}), item }), title);
    if (isDecimal(verdict)) return at(list, verdict);
    if (verdict === true) kept.push(item);
    else if (typeof verdict !== 'boolean') return noCondition(run, title, verdict);
  }
  return kept;
}

function noCondition(run, title, verdict) {
  if (run.strict) throw new FeelError('type', `${title}: a condition is ${spoken(verdict)}, neither true nor false`);
  return null;
}

function loop(run, expression, scope, title) {
  const list = listOf(run, expression.in, scope, title);
  if (list === null) return null;
  const partial = [];
  for (const item of list) {
    partial.push(evaluateBoxed(run, expression.return, scope.with({ [expression.variable]: item, partial }), title));
  }
  return partial;
}

const quantified = (decisive) => (run, expression, scope, title) => {
  const list = listOf(run, expression.in, scope, title);
  if (list === null) return null;
  for (const item of list) {
    const verdict = evaluateBoxed(run, expression.satisfies, scope.with({ [expression.variable]: item }), title);
    if (typeof verdict !== 'boolean') return noCondition(run, title, verdict);
    if (verdict === decisive) return decisive;
  }
  return !decisive;
};

const EVALUATE = {
  literalExpression: (run, { text }, scope) => evaluateText(run, text, scope),
  decisionTable: evaluateTable,
  context,
  functionDefinition: (run, expression, scope, title) => functionOf(run, expression, expression.body?.type, scope, title),
  invocation,
  list: (run, { items }, scope, title) => items.map((item) => evaluateBoxed(run, item, scope, title)),
  relation: (run, { columns, rows }, scope, title) => rows.map((row) => Object.fromEntries(
    row.map((cell, i) => [columns[i].name, convert(run, evaluateBoxed(run, cell, scope, title), columns[i].type, columns[i].name)]),
  )),
  conditional: (run, expression, scope, title) => {
    const condition = evaluateBoxed(run, expression.if, scope, title);
    if (typeof condition !== 'boolean') noCondition(run, title, condition);
    if (typeof condition !== 'boolean' && condition !== null) return null;
    return evaluateBoxed(run, condition === true ? expression.then : expression.else, scope, title);
  },
  filter,
  for: loop,
  some: quantified(true),
  every: quantified(false),
};
