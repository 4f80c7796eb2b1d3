// `instance of`: the types of FEEL, and those that the decision file of the run defines.
import { isArray, matchesType } from '../.build/feelin.js';
import { run } from './run.js';

export const instanceOf = (part) => (scope) => {
  const known = (value, wanted) => {
    const own = wanted?.kind === 'name' ? run.isOfType?.(wanted.name, value) : undefined;
    if (own !== undefined) return own;
    if (wanted?.kind === 'list') return isArray(value) && value.every((item) => known(item, wanted.element));
    // the library looks names up in an object, which knows `constructor` too
    return matchesType(value, wanted, scope) === true;
  };
  return known(part.args[0](scope), part.args[3]);
};
