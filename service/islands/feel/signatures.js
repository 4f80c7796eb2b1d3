// Every function that an expression may call, by its parameters, for the check before anything runs.
import { builtins } from '../.build/feelin.js';
import './builtins.js';

/** How many parameters are enough, where that is not all of them. */
const LEAST = {
  number: 1, date: 1, time: 1, 'date and time': 1, floor: 1, ceiling: 1, substring: 2, replace: 3, matches: 2,
  'string join': 1, cycle: 1, sublist: 2, 'list replace': 3, 'context put': 3, append: 2,
};
/** What the overloads of a function take at most, where it is less than all their parameters. */
const MOST = { date: 3, time: 4, 'date and time': 2, 'list replace': 3, 'context put': 3 };

function signature(name) {
  const { $args: parameters } = builtins[name];
  const open = (parameters.at(-1) ?? '').startsWith('...');
  return {
    parameters: parameters.map((parameter) => parameter.replace('...', '')),
    least: LEAST[name] ?? parameters.length,
    most: open ? Infinity : MOST[name] ?? parameters.length,
  };
}

/** `@` is a function inside only: the sign before a literal. */
export const SIGNATURES = Object.fromEntries(Object.keys(builtins).filter((name) => name !== '@').map((name) => [name, signature(name)]));
