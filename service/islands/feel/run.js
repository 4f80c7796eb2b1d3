// The run that is going on. Its warnings are kept here and not with an expression, because a function
// may be called far from the expression that it was written in.
export const run = { warnings: [], strict: false };

/** Ends a strict run at a warning that was given already. */
export class Mistake extends Error {}
