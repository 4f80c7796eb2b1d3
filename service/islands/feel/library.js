// The expression library: compile once and keep it, evaluate strictly or leniently.
import { SyntaxError as FeelSyntaxError, compile, isContext } from '../.build/feelin.js';
import { ADDED_NAMES } from './builtins.js';
import { analyse } from './names.js';
import { Mistake, run } from './run.js';

/** With names in backticks. */
const DIALECT = 'camunda';
const MAX_LENGTH = 4000;
/** What the cache may hold, in units of about 250 bytes: measured, a character of an expression costs one. */
const BUDGET = 120000;
const ENTRY_COST = 12;
/** An identifier; other names can only be read if the parser is told of them. */
export const PLAIN = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;
/** Our own functions of several words; the parser knows the standard's, and must not take `not` for a variable. */
const KNOWN_NAMES = Object.fromEntries(ADDED_NAMES.filter((name) => name.includes(' ')).map((name) => [name, 1]));

/** Compiled expressions by kind, by the names that the parser was told, by text. */
const cache = { expression: new Map(), unary: new Map() };
/** The same entries, oldest first. */
const ages = new Set();
let spent = 0;

/** A mistake in an expression; `kind` as in service/engine/feel.py. */
export class FeelError extends Error {
  constructor(kind, message, position = null, variable = null) {
    super(message);
    this.kind = kind;
    this.position = position;
    this.variable = variable;
  }
}

/** The compiled expression; `oddNames` are names with spaces or signs that the parser has to know, as a nested shape. */
function compiled(top, expression, oddNames) {
  const shape = shapeKey(oddNames);
  const entry = cache[top].get(shape)?.get(expression);
  return entry === undefined ? remember(top, shape, expression, oddNames) : entry;
}

function remember(top, shape, expression, oddNames) {
  if (expression.length > MAX_LENGTH) throw new FeelError('limit', `the expression is longer than ${MAX_LENGTH} characters`);
  let entry;
  try {
    entry = { ...compile(top, expression, { ...KNOWN_NAMES, ...oddNames }, DIALECT), expression };
  } catch (error) {
    if (error instanceof FeelSyntaxError) throw about(expression, new FeelError('syntax', error.message, error.position?.from ?? null));
    throw error;
  }
  if (!cache[top].has(shape)) cache[top].set(shape, new Map());
  entry.home = cache[top].get(shape);
  entry.home.set(expression, entry);
  ages.add(entry);
  spent += cost(entry);
  if (spent > BUDGET) forget();
  return entry;
}

const about = (expression, error) => Object.assign(error, { expression });

const cost = ({ expression }) => ENTRY_COST + expression.length;

/** Drops the oldest quarter. */
function forget() {
  for (const entry of ages) {
    if (spent <= BUDGET * 0.75) return;
    entry.home.delete(entry.expression);
    ages.delete(entry);
    spent -= cost(entry);
  }
}

/** The nested names of a context for the parser, if any is no identifier; null otherwise. `Symbol` keys hold the cache key. */
export function oddShape(context) {
  const found = new Set();
  const names = shapeOf(context, found, 0);
  return found.size ? Object.assign(names, { [SHAPE]: [...found].sort().join('\u0001') }) : null;
}

const SHAPE = Symbol('shape');

function shapeOf(value, found, depth) {
  if (depth > 6 || value === null || typeof value !== 'object') return 1;
  if (Array.isArray(value)) return value.length ? shapeOf(value[0], found, depth + 1) : 1;
  if (!isContext(value)) return 1;
  const names = {};
  for (const key of Object.keys(value)) {
    if (key === '?') continue;
    if (!PLAIN.test(key)) found.add(key);
    names[key] = shapeOf(value[key], found, depth + 1);
  }
  return names;
}

const shapeKey = (odd) => (odd ? odd[SHAPE] ?? Object.keys(odd).sort().join('\u0001') : '');

/** Runs `work` with its own warnings. Strict runs raise `FeelError` for the first of them. */
function watched(strict, work) {
  const outer = { ...run };
  run.warnings = [];
  run.strict = strict;
  try {
    const value = work();
    if (strict && run.warnings.length) throw new Mistake();
    return value;
  } catch (error) {
    throw error instanceof Mistake ? complaint(run.warnings) : error;
  } finally {
    Object.assign(run, outer);
  }
}

/** The value of an expression. Strict runs raise `FeelError` where FEEL answers null with a warning. */
export function evaluate(expression, context, { strict = true, odd = null } = {}) {
  const entry = compiled('expression', expression, odd);
  const value = watched(strict, () => entry.root(context));
  return value === undefined ? null : value;
}

/** Whether `context['?']` passes unary tests. */
export function passes(expression, context, { strict = true, odd = null } = {}) {
  const entry = compiled('unary', expression, odd);
  return watched(strict, () => entry.root(context)(context['?'] ?? null));
}

/** The first warning of a run, as an error. */
function complaint([first, second]) {
  return about(first.node.source, explained(first, second));
}

function explained({ type, node, message }, second) {
  const { from, input } = node;
  if (type === 'NO_VARIABLE_FOUND') {
    const called = second && second.type === 'NO_FUNCTION_FOUND' && second.node.from === from;
    if (called) return new FeelError('unknown function', `there is no function ${input}`, from, input);
    return new FeelError('unknown variable', `there is no variable ${input}`, from, input);
  }
  if (type === 'NO_CONTEXT_ENTRY_FOUND' || type === 'NO_PROPERTY_FOUND') {
    return new FeelError('unknown variable', `there is no entry ${input}`, from, input);
  }
  if (type === 'NO_FUNCTION_FOUND') return new FeelError('unknown function', `${input} calls what is no function`, from);
  const where = input.length > 2 ? ` in ${input.slice(0, 120)}` : ''; // no more than an operator
  return new FeelError('type', String(message).slice(0, 200) + where, from);
}

/** Variables and calls of an expression. Throws `FeelError` of kind syntax. */
export function inspect(top, expression, names = null) {
  const entry = compiled(top, expression, names);
  if (entry.analysis === undefined) {
    entry.analysis = analyse(entry.parseTree, expression);
    entry.parseTree = null; // the largest part of an entry
  }
  return entry.analysis;
}
