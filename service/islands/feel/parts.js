// What every node is compiled from, and how it tells of a mistake: with a warning, which a strict run makes an error.
import { SyntaxError as FeelSyntaxError } from '../.build/feelin.js';
import { run } from './run.js';

const MISSING = new Set(['NO_VARIABLE_FOUND', 'NO_CONTEXT_ENTRY_FOUND', 'NO_PROPERTY_FOUND']);

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
export function tag(evaluate, type) {
  evaluate.type = type;
  return evaluate;
}

export const typed = (type) => (make) => (part) => tag(make(part), type);

export function warn({ node, interpreterContext }, type, template, values = {}) {
  interpreterContext.addWarning(node, type, { template, values });
  return null;
}

const STACK = /call stack|stack overflow/i;

/** Does a piece of work at a place of the text: what the libraries say against its values becomes a warning there. */
export function attempt(part, work) {
  try {
    return work();
  } catch (error) {
    const ordinary = error instanceof RangeError || error instanceof TypeError || error.constructor === Error;
    if (!ordinary || STACK.test(error.message)) throw error;
    return warn(part, 'INVALID_TYPE', error.message);
  }
}

export const refused = ({ node }, message) => {
  throw new FeelSyntaxError(message, { input: node.input, position: node.position });
};

/** Evaluates what may be missing: a variable or an entry that is not there is null here, and no mistake. */
export function forgiving(evaluate, context) {
  const before = run.warnings.length;
  const value = evaluate(context);
  if (run.warnings.slice(before).every((warning) => MISSING.has(warning.type))) run.warnings.length = before;
  return value;
}

/** A name that is a function only because no variable has it says nothing about a value. */
export const present = (value) => (typeof value === 'function' ? null : value);
