// The run that is going on. Its warnings are kept here and not with an expression, because a function
// may be called far from the expression that it was written in.
// `isOfType(name, value)` knows the types that a decision file defines; null where there are none.
export const run = { warnings: [], strict: false, isOfType: null };

/** Ends a strict run at a warning that was given already. */
export class Mistake extends Error {}
