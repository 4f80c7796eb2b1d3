// What an expression of a model can see, and how its texts are evaluated there.
import { evaluate, oddShape, passes } from '../library.js';

export class Scope {
  constructor(run, variables) {
    this.run = run;
    this.variables = variables;
    this.shape = undefined;
  }

  with(more) {
    return new Scope(this.run, { ...this.variables, ...more });
  }

  /** Names with spaces or signs that are visible here; found once, and not at all in models without any. */
  get odd() {
    if (this.shape === undefined) this.shape = this.run.odd ? oddShape(this.variables) : null;
    return this.shape;
  }
}

export function evaluateText(run, text, scope) {
  if (text === '') return null;
  return evaluate(text, scope.variables, { strict: run.strict, odd: scope.odd });
}

export function evaluateTest(run, tests, value, scope) {
  return passesIn(run, tests, scope.with({ '?': value }));
}

/** Unary tests in a scope that already holds the value as `?`. */
export function passesIn(run, tests, scope) {
  return passes(tests, scope.variables, { strict: run.strict, odd: scope.odd }) === true;
}
