// The grammar nodes that are evaluated our way: lazily, three-valued, and with a warning wherever
// FEEL would answer null for a mistake. A strict run turns warnings into errors.
import {
  compareIn, compareValue, createRange, equals, extractValue, getBuiltin, getType, isArray, isContext,
  isInvocationFailure, wrapFunction, SyntaxError as FeelSyntaxError,
} from '../.build/feelin.js';
import { NEGATION, at, dec, isDecimal } from './numbers.js';
import { Mistake, run } from './run.js';
import { cmp, getFromContext } from './semantics.js';
import { PROTOTYPE } from './values.js';

const MISSING = new Set(['NO_VARIABLE_FOUND', 'NO_CONTEXT_ENTRY_FOUND', 'NO_PROPERTY_FOUND']);
/** Functions that may be asked about what is not there. */
export const TOLERANT = new Set(['is defined', 'get or else']);

/** A piece of the source text that the parser named. */
export class SourceNode {
  constructor(name, source, from, to) {
    this.name = name;
    this.source = source;
    this.from = from;
    this.to = to;
  }

  get input() {
    return this.source.slice(this.from, this.to);
  }

  get position() {
    return { from: this.from, to: this.to };
  }
}

/** What a node is compiled from: itself, its compiled children, and where warnings go. */
export class Part {
  constructor(node, args, interpreterContext) {
    this.node = node;
    this.args = args;
    this.interpreterContext = interpreterContext;
  }
}

/** An evaluation function with the type that is known before it runs. */
function tag(evaluate, type) {
  evaluate.type = type;
  return evaluate;
}

function warn({ node, interpreterContext }, type, template, values = {}) {
  interpreterContext.addWarning(node, type, { template, values });
  return null;
}

const STACK = /call stack|stack overflow/i;

/** Does a piece of work at a place of the text: what the libraries say against its values becomes a warning there. */
function attempt(part, work) {
  try {
    return work();
  } catch (error) {
    const ordinary = error instanceof RangeError || error instanceof TypeError || error.constructor === Error;
    if (!ordinary || STACK.test(error.message)) throw error;
    return warn(part, 'INVALID_TYPE', error.message);
  }
}

const typed = (type) => (make) => (part) => tag(make(part), type);

function booleanOperand(part, value) {
  if (typeof value === 'boolean') return value;
  if (value !== null) warn(part, 'INVALID_TYPE', '{value} is neither true nor false', { value });
  return null;
}

const disjunction = (part) => (context) => {
  const left = booleanOperand(part, part.args[0](context));
  if (left === true) return true;
  const right = booleanOperand(part, part.args[2](context));
  return right === true ? true : left === false && right === false ? false : null;
};

const conjunction = (part) => (context) => {
  const left = booleanOperand(part, part.args[0](context));
  if (left === false) return false;
  const right = booleanOperand(part, part.args[2](context));
  return right === false ? false : left === true && right === true ? true : null;
};

const ifExpression = (part) => (context) => {
  const condition = part.args[1](context);
  if (typeof condition !== 'boolean') warn(part, 'INVALID_TYPE', 'The condition of if is {condition}', { condition });
  const branch = condition === true ? part.args[3] : part.args[5];
  return branch ? branch(context) : null;
};

const quantified = (part, decisive) => (context) => (producer, condition) => {
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

/** Evaluates what may be missing: a variable or an entry that is not there is null here, and no mistake. */
function forgiving(evaluate, context) {
  const before = run.warnings.length;
  const value = evaluate(context);
  if (run.warnings.slice(before).every((warning) => MISSING.has(warning.type))) run.warnings.length = before;
  return value;
}

/** `x = null` and `x != null` ask whether there is an x. */
const presence = (part, subject) => {
  const wanted = part.args[1].sign === '=';
  return (context) => (present(forgiving(subject, context)) === null) === wanted;
};

/** A name that is a function only because no variable has it says nothing about a value. */
const present = (value) => (typeof value === 'function' ? null : value);

const comparison = (part) => {
  const [left, operator, right] = part.args;
  if (operator.sign === '=' || operator.sign === '!=') {
    if (right.type === 'nil') return presence(part, left);
    if (left.type === 'nil') return presence(part, right);
  }
  return compared(part);
};

const compared = (part) => (context) => {
  const { args } = part;
  const operator = args[1];
  let result;
  const left = args[0](context);
  if (operator === 'in') {
    result = compareIn(left, (args[3] || args[2])(context));
  } else if (operator === 'between') {
    const start = args[2](context);
    const end = args[4](context);
    result = start === null || end === null ? null : attempt(part, () => createRange(start, end).includes(left));
  } else {
    const right = args[2](context);
    if (right === null && isOrder(part)) return warn(part, 'INVALID_TYPE', "Can't compare {left} with null", { left });
    result = attempt(part, () => compareValue(operator()(right), left));
  }
  return result === null ? warn(part, 'INVALID_TYPE', "Can't compare {left}", { left }) : result;
};

const isOrder = ({ args }) => args[1].order === true;

const compareOp = (part) => {
  const sign = part.node.input;
  const make = {
    '>': (b) => createRange(b, null, false, false),
    '>=': (b) => createRange(b, null, true, false),
    '<': (b) => createRange(null, b, false, false),
    '<=': (b) => createRange(null, b, false, true),
    '=': (b) => (a) => equals(a, b),
    '!=': (b) => (a) => {
      const same = equals(a, b);
      return same === null ? null : !same;
    },
  }[sign];
  return Object.assign(tag(() => make, 'test'), { sign, order: sign !== '=' && sign !== '!=' });
};

const inExpression = (part) => {
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

const filterExpression = (part) => (context) => {
  const target = part.args[0](context);
  if (target === null) return null;
  const test = part.args[2];
  const list = isArray(target) ? target : [target];
  if (test.type === 'number') return position(list, test(context));
  if (!list.length) return emptyFilter(test, context);
  const kept = [];
  for (const item of list) {
    const verdict = verdictOn(test, item, context);
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

/** Of an empty list: null for a position, the empty list for a condition. What is missing in no element is no mistake. */
function emptyFilter(test, context) {
  const { strict } = run;
  const before = run.warnings.length;
  run.strict = false;
  try {
    return isDecimal(test(Object.assign({}, context, { item: null }))) ? null : [];
  } finally {
    run.strict = strict;
    run.warnings.length = before;
  }
}

const variableName = (part) => {
  const name = part.args.join(' ');
  const builtin = getBuiltin(name);
  const read = (context) => {
    const value = getFromContext(name, context);
    if (value !== undefined) return value;
    return builtin || warn(part, 'NO_VARIABLE_FOUND', `Variable '${name}' not found`);
  };
  return Object.assign(tag(read, 'any'), { calls: name });
};

/** The value that unary tests are about; there is none elsewhere. */
const tested = (part) => (context) => {
  const value = getFromContext('?', context);
  return value === undefined ? warn(part, 'NO_VARIABLE_FOUND', 'There is no tested value') : value;
};

/** The result of a call; a failed one is a warning and null. */
function settled(part, result) {
  return isInvocationFailure(result) ? warn(part, result.warning, result.template, result.values) : result;
}

const functionInvocation = (part) => {
  const { args } = part;
  const builtin = args[0].calls ? wrapFunction(getBuiltin(args[0].calls)) : null;
  const tolerant = TOLERANT.has(args[0].calls) ? builtin : null;
  return (context) => {
    // the values are null where something is missing
    if (tolerant) return settled(part, tolerant.invoke(presentOnes(forgiving(args[2], context))));
    const target = args[0](context);
    // a variable named `count` must not take the function away
    const called = wrapFunction(target) ?? builtin;
    if (!called) return warn(part, 'NO_FUNCTION_FOUND', 'Cannot invoke {target}', { target });
    const values = args[2](context);
    // a strict run must not call on with a null that stands for a mistake: the later error would hide the first
    if (run.strict && run.warnings.length) throw new Mistake();
    return settled(part, attempt(part, () => called.invoke(values)));
  };
};

function presentOnes(values) {
  if (isArray(values)) return values.map(present);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, present(value)]));
}

const functionDefinition = (part) => (context) => {
  const names = part.args[2];
  if (part.args[4] === 'external') return warn(part, 'UNSUPPORTED', 'External functions are not supported');
  const body = part.args[4];
  return wrapFunction((...values) => {
    const scope = Object.assign({}, context);
    names.forEach((name, index) => { scope[name] = values[index] === undefined ? null : values[index]; });
    return body(scope);
  }, names);
};

const context = (part) => {
  const entries = part.args.slice(1, -1);
  return (outer) => {
    const scope = Object.assign({}, outer);
    const result = {};
    for (const entry of entries) {
      const [key, value] = entry(scope);
      if (key === PROTOTYPE) return warn(part, 'INVALID_TYPE', `No entry may be named ${PROTOTYPE}`);
      if (Object.hasOwn(result, key)) return warn(part, 'INVALID_TYPE', 'The entry {key} occurs twice', { key });
      scope[key] = value;
      result[key] = value;
    }
    return result;
  };
};

const NAME_OR_PATH = /^[\p{L}_$][\p{L}\p{N}_$\s.]*$/u;

/** A literal, name or path is compared with the tested value even if it is a boolean; any other boolean is a verdict. */
const positiveUnaryTest = (part) => {
  const [test] = part.args;
  const plain = test.type === 'boolean' || NAME_OR_PATH.test(part.node.input);
  return (scope) => {
    const value = test(scope);
    return plain && typeof value === 'boolean' && Object.hasOwn(scope, '?') ? value === scope['?'] : value;
  };
};

/** A range between two values; one that is null would let everything pass on its side. */
const interval = (part) => (scope) => {
  const [start, end] = [part.args[1](scope), part.args[3](scope)];
  if (start === null || end === null) return warn(part, 'INVALID_TYPE', 'A bound of the range is null');
  return attempt(part, () => createRange(start, end, part.args[0] === '[', part.args[4] === ']'));
};

/** What `for` goes through: a list, or from one bound to the other. */
const iterationContext = (part) => {
  const [first, , last] = part.args;
  if (!last) return first;
  const range = (scope) => {
    const [start, end] = [first(scope), last(scope)];
    if (start === null || end === null) return warn(part, 'INVALID_TYPE', 'A bound of the range is null');
    return attempt(part, () => createRange(start, end));
  };
  return Object.assign(range, { bounds: true });
};

const arithmetic = (part) => {
  const { args } = part;
  const [left, operator, right] = args.length === 3 ? args : [() => NEGATION, ...args];
  const type = args.length === 3 && left.type !== right.type ? 'any' : right.type;
  return tag((context) => attempt(part, () => operator(context)(left, right)), type);
};

const refused = ({ node }, message) => {
  throw new FeelSyntaxError(message, { input: node.input, position: node.position });
};

const numericLiteral = (part) => {
  const constantValue = dec(part.node.input);
  if (!constantValue.isFinite()) refused(part, 'The number is too large');
  return Object.assign(tag(() => constantValue, 'number'), { constantValue });
};

/** The name of what every object inherits from in JavaScript: setting it would make a value something else. */
const identifier = (part) => (part.node.input === PROTOTYPE ? refused(part, `Nothing may be named ${PROTOTYPE}`) : part.node.input);

/** `partial` is the list of the results so far; each round that reads it sees its own. */
const forExpression = (part) => {
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

export const compileCases = {
  NumericLiteral: numericLiteral,
  Identifier: identifier,
  ForExpression: forExpression,
  Context: context,
  PositiveUnaryTest: positiveUnaryTest,
  Interval: typed('test')(interval),
  IterationContext: iterationContext,
  ArithmeticExpression: arithmetic,
  Disjunction: typed('test')(disjunction),
  Conjunction: typed('test')(conjunction),
  IfExpression: typed('any')(ifExpression),
  VariableName: variableName,
  '?': tested,
  every: typed('test')((part) => quantified(part, false)),
  some: typed('test')((part) => quantified(part, true)),
  Comparison: typed('test')(comparison),
  CompareOp: compareOp,
  InExpression: inExpression,
  FilterExpression: typed('any')(filterExpression),
  FunctionInvocation: typed('any')(functionInvocation),
  FunctionDefinition: functionDefinition,
};
