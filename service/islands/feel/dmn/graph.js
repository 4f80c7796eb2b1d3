// Requirement graphs: a decision with everything it needs, each evaluated once and written down.
import { isFunction, isInvocationFailure, wrapFunction } from '../../.build/feelin.js';
import { FeelError, oddShape } from '../library.js';
import { evaluateBoxed, functionOf } from './boxed.js';
import { convert } from './conversion.js';
import { Scope } from './scope.js';

const PENDING = Symbol('pending');
const BODY_TYPES = {
  decisionTable: 'DECISION_TABLE', literalExpression: 'LITERAL_EXPRESSION', context: 'CONTEXT', invocation: 'INVOCATION',
  functionDefinition: 'FUNCTION_DEFINITION', relation: 'RELATION', list: 'LIST',
};

/** One evaluation of a model over variables. Lenient runs give null for a decision that fails, as the standard has it. */
export class Run {
  constructor(model, variables, strict) {
    this.model = model;
    this.variables = variables;
    this.strict = strict;
    this.depth = 0;
    this.values = new Map();
    this.trace = [];
    this.odd = model.odd || oddShape(variables) !== null;
    this.empty = new Scope(this, {});
  }

  /** The value of a decision, or what a knowledge model or service gives for the variables as its arguments. */
  answer(key) {
    const node = this.model.nodes[key];
    if (node.kind === 'decision') return this.decision(key);
    const called = this.callable(key);
    const values = {};
    for (const name of called.parameterNames) values[name] = this.variables[name] ?? null;
    const result = called.invoke(values);
    return isInvocationFailure(result) ? null : result ?? null;
  }

  /** The value of a decision; what it requires comes first, without recursion, so that graphs may be deep. */
  decision(key) {
    const path = [key];
    while (path.length) {
      const next = path[path.length - 1];
      if (!this.values.has(next)) this.values.set(next, PENDING);
      if (this.values.get(next) !== PENDING) {
        path.pop();
        continue;
      }
      const missing = this.required(next);
      if (missing.length) {
        if (this.values.get(missing[0]) === PENDING) throw new FeelError('decision', `${this.model.nodes[missing[0]].title} requires itself`);
        path.push(missing[0]);
      } else {
        this.values.set(next, this.strict ? this.evaluate(next) : this.tolerantly(next));
        path.pop();
      }
    }
    return this.values.get(key);
  }

  /** The decisions that a decision requires and that have no value yet. */
  required(key) {
    const below = this.model.nodes[key].requires.map((each) => each.key);
    return below.filter((each) => this.model.nodes[each]?.kind === 'decision' && !this.has(each));
  }

  has(key) {
    return this.values.has(key) && this.values.get(key) !== PENDING;
  }

  tolerantly(key) {
    try {
      return this.evaluate(key);
    } catch (error) {
      if (error.name === 'InternalError') throw error;
      return null;
    }
  }

  evaluate(key) {
    const node = this.model.nodes[key];
    const note = { inputs: [], rules: [] };
    try {
      const scope = this.scopeOf(node);
      const value = convert(this, evaluateBoxed(this, node.body, scope, node.title, note), node.type, node.title);
      this.trace.push({ id: node.id, name: node.title, type: BODY_TYPES[node.body?.kind] ?? 'UNSPECIFIED', ...note, value });
      return value;
    } catch (error) {
      if (error instanceof FeelError) error.decision ??= node.title;
      throw error;
    }
  }

  scopeOf(node) {
    const visible = this.strict ? { ...this.variables } : {};
    for (const { key, under } of node.requires) {
      const required = this.model.nodes[key];
      if (!required) continue;
      if (under) visible[under] = { ...(visible[under] ?? {}) };
      this.provide(under ? visible[under] : visible, key, required);
    }
    return new Scope(this, visible);
  }

  provide(target, key, node) {
    if (node.kind === 'input') {
      const given = this.given(key, node);
      if (given !== undefined) target[node.name] = given;
    } else {
      target[node.name] = node.kind === 'decision' ? this.decision(key) : this.callable(key);
    }
  }

  /** The variable behind input data; undefined if a strict run has none, so that reading it is an error. */
  given(key, node) {
    if (this.values.has(key)) return this.values.get(key);
    const present = Object.hasOwn(this.variables, node.name);
    const value = present ? convert(this, this.variables[node.name], node.type, node.title) : this.strict ? undefined : null;
    this.values.set(key, value);
    return value;
  }

  callable(key) {
    const known = this.values.get(key);
    if (known !== undefined) return known;
    const node = this.model.nodes[key];
    const made = node.kind === 'service' ? this.service(node) : this.knowledge(node, key);
    this.values.set(key, made);
    return made;
  }

  knowledge(node, key) {
    const scope = new Scope(this, {});
    const made = functionOf(this, node, node.type, scope, node.title);
    // known before its requirements are looked up, so that it may call itself
    this.values.set(key, made);
    scope.variables = { ...this.scopeOf(node).variables, [node.name]: made };
    return made;
  }

  /** A decision service: its own run over its arguments, sharing nothing but the model. */
  service(node) {
    const inputs = [...node.data, ...node.decisions].map((key) => [key, this.model.nodes[key]]);
    const apply = (...values) => {
      const variables = {};
      const inner = new Run(this.model, variables, this.strict);
      inner.trace = this.trace;
      inner.depth = this.depth;
      for (const [i, [key, input]] of inputs.entries()) {
        if (values[i] === undefined && this.strict) throw new FeelError('type', `${node.title} is called without ${input.title}`);
        const value = convert(inner, values[i], input.type, input.title);
        // without what it asks for, a service is not run
        if (values[i] === undefined || (value === null && values[i] !== null)) return null;
        if (input.kind === 'input') variables[input.name] = value;
        else inner.values.set(key, value);
      }
      const outputs = node.outputs.map((key) => [this.model.nodes[key].name, inner.decision(key)]);
      return convert(this, outputs.length === 1 ? outputs[0][1] : Object.fromEntries(outputs), node.type, node.title);
    };
    return wrapFunction(apply, inputs.map(([, input]) => input.name));
  }
}

/** The key of a decision, knowledge model or service by id or name. */
export function find(model, wanted) {
  const keys = Object.keys(model.nodes).filter((key) => model.nodes[key].kind !== 'input');
  const key = keys.find((each) => each === wanted) ?? keys.find((each) => model.nodes[each].name === wanted);
  if (key === undefined) throw new FeelError('decision', `there is no decision ${wanted}`);
  return key;
}

export const shown = (value) => (isFunction(value) ? null : value);
