// Names and calls: variables, functions, what may be asked about the absent.
import { getBuiltin, isArray, isInvocationFailure, wrapFunction } from '../.build/feelin.js';
import { attempt, forgiving, present, tag, warn } from './parts.js';
import { Mistake, run } from './run.js';
import { getFromContext } from './semantics.js';

/** Functions that may be asked about what is not there. */
const TOLERANT = new Set(['is defined', 'get or else']);

export const variableName = (part) => {
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
export const tested = (part) => (context) => {
  const value = getFromContext('?', context);
  return value === undefined ? warn(part, 'NO_VARIABLE_FOUND', 'There is no tested value') : value;
};

/** The result of a call; a failed one is a warning and null. */
function settled(part, result) {
  return isInvocationFailure(result) ? warn(part, result.warning, result.template, result.values) : result;
}

export const functionInvocation = (part) => {
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

export const functionDefinition = (part) => (context) => {
  const names = part.args[2];
  if (part.args[4] === 'external') return warn(part, 'UNSUPPORTED', 'External functions are not supported');
  const body = part.args[4];
  return wrapFunction((...values) => {
    const scope = Object.assign({}, context);
    names.forEach((name, index) => { scope[name] = values[index] === undefined ? null : values[index]; });
    return body(scope);
  }, names);
};
