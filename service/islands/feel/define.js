// How a function of ours is defined.
import { createArgsValidator, invalidArguments, parseParameterNames } from '../.build/feelin.js';

/** Like feelin's `fn`, but numbers arrive as decimals. */
export function exact(definition, types, names = null) {
  const check = createArgsValidator(types);
  const wrapped = (...args) => {
    const values = check(args);
    return values ? definition(...values) : invalidArguments(`Wrong arguments for ${(names || types).join(', ')}`);
  };
  wrapped.$args = names || parseParameterNames(definition);
  return wrapped;
}
