// Truth, choice and comparison: lazy and three-valued.
import { compareIn, compareValue, createRange, equals } from '../.build/feelin.js';
import { attempt, forgiving, present, tag, warn } from './parts.js';

function booleanOperand(part, value) {
  if (typeof value === 'boolean') return value;
  if (value !== null) warn(part, 'INVALID_TYPE', '{value} is neither true nor false', { value });
  return null;
}

export const disjunction = (part) => (context) => {
  const left = booleanOperand(part, part.args[0](context));
  if (left === true) return true;
  const right = booleanOperand(part, part.args[2](context));
  return right === true ? true : left === false && right === false ? false : null;
};

export const conjunction = (part) => (context) => {
  const left = booleanOperand(part, part.args[0](context));
  if (left === false) return false;
  const right = booleanOperand(part, part.args[2](context));
  return right === false ? false : left === true && right === true ? true : null;
};

export const ifExpression = (part) => (context) => {
  const condition = part.args[1](context);
  if (typeof condition !== 'boolean') warn(part, 'INVALID_TYPE', 'The condition of if is {condition}', { condition });
  const branch = condition === true ? part.args[3] : part.args[5];
  return branch ? branch(context) : null;
};

/** `x = null` and `x != null` ask whether there is an x. */
const presence = (part, subject) => {
  const wanted = part.args[1].sign === '=';
  return (context) => (present(forgiving(subject, context)) === null) === wanted;
};

export const comparison = (part) => {
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

export const compareOp = (part) => {
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

const NAME_OR_PATH = /^[\p{L}_$][\p{L}\p{N}_$\s.]*$/u;

/** A literal, name or path is compared with the tested value even if it is a boolean; any other boolean is a verdict. */
export const positiveUnaryTest = (part) => {
  const [test] = part.args;
  const plain = test.type === 'boolean' || NAME_OR_PATH.test(part.node.input);
  return (scope) => {
    const value = test(scope);
    return plain && typeof value === 'boolean' && Object.hasOwn(scope, '?') ? value === scope['?'] : value;
  };
};
