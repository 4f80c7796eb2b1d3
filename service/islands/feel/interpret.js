// The grammar nodes that are evaluated our way: lazily, three-valued, and with a warning wherever
// FEEL would answer null for a mistake.
import { createRange } from '../.build/feelin.js';
import { functionDefinition, functionInvocation, tested, variableName } from './calls.js';
import { comparison, compareOp, conjunction, disjunction, ifExpression, positiveUnaryTest } from './logic.js';
import { NEGATION, dec } from './numbers.js';
import { attempt, refused, tag, typed, warn } from './parts.js';
import { filterExpression, forExpression, inExpression, iterationContext, quantified } from './rounds.js';
import { instanceOf } from './types.js';
import { PROTOTYPE } from './values.js';

export { Part, SourceNode } from './parts.js';

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

/** A range between two values; one that is null would let everything pass on its side. */
const interval = (part) => (scope) => {
  const [start, end] = [part.args[1](scope), part.args[3](scope)];
  if (start === null || end === null) return warn(part, 'INVALID_TYPE', 'A bound of the range is null');
  return attempt(part, () => createRange(start, end, part.args[0] === '[', part.args[4] === ']'));
};

const arithmetic = (part) => {
  const { args } = part;
  const [left, operator, right] = args.length === 3 ? args : [() => NEGATION, ...args];
  const type = args.length === 3 && left.type !== right.type ? 'any' : right.type;
  return tag((context) => attempt(part, () => operator(context)(left, right)), type);
};

const numericLiteral = (part) => {
  const constantValue = dec(part.node.input);
  if (!constantValue.isFinite()) refused(part, 'The number is too large');
  return Object.assign(tag(() => constantValue, 'number'), { constantValue });
};

/** The name of what every object inherits from in JavaScript: setting it would make a value something else. */
const identifier = (part) => (part.node.input === PROTOTYPE ? refused(part, `Nothing may be named ${PROTOTYPE}`) : part.node.input);

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
  InstanceOfExpression: typed('test')(instanceOf),
};
