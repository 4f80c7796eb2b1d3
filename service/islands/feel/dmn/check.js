// What a model reads and where it is wrong, found without running it.
import { FeelError, PLAIN, inspect } from '../library.js';

/** Where a text stands: the title of its node, then [kind, name] for each step inward. */
const inside = (where, kind, name) => [...where, [kind, String(name ?? '')]];

const SPOKEN = {
  input: (name) => `input ${name}`, inputValues: (name) => `input values of ${name}`, outputValues: (name) => `output values of ${name}`,
  default: (name) => `default of ${name}`, rule: (name) => `rule ${name}`, entry: (name) => name || 'the result', binding: (name) => name,
};
const spokenPlace = ([title, ...steps]) => [title, ...steps.map(([kind, name]) => SPOKEN[kind](name))].join(', ');

/** The expressions of a body with the names bound around them: {text, top, where, bound}. */
function* texts(body, where, bound) {
  if (!body) return;
  const visit = TEXTS[body.kind];
  if (visit) yield* visit(body, where, bound);
}

const within = (bound, names) => new Set([...bound, ...names]);

const TEXTS = {
  *literalExpression({ text }, where, bound) {
    if (text) yield { text, top: 'expression', where, bound };
  },
  *decisionTable(table, where, bound) {
    for (const column of table.inputs) {
      if (column.text) yield { text: column.text, top: 'expression', where: inside(where, 'input', column.label), bound };
      if (column.allowed) yield { text: column.allowed, top: 'unary', where: inside(where, 'inputValues', column.label), bound };
    }
    for (const output of table.outputs) {
      if (output.allowed) yield { text: output.allowed, top: 'unary', where: inside(where, 'outputValues', output.name), bound };
      if (output.default) yield { text: output.default, top: 'expression', where: inside(where, 'default', output.name), bound };
    }
    for (const rule of table.rules) {
      const row = inside(where, 'rule', rule.index);
      for (const text of rule.tests) if (text && text !== '-') yield { text, top: 'unary', where: row, bound };
      for (const text of rule.results) if (text) yield { text, top: 'expression', where: row, bound };
    }
  },
  *context({ entries }, where, bound) {
    let inner = bound;
    for (const entry of entries) {
      yield* texts(entry.value, inside(where, 'entry', entry.name), inner);
      if (entry.name) inner = within(inner, [entry.name]);
    }
  },
  *functionDefinition({ parameters, body }, where, bound) {
    yield* texts(body, where, within(bound, parameters.map((parameter) => parameter.name)));
  },
  *invocation(body, where, bound) {
    for (const each of texts(body.function, where, bound)) yield { ...each, called: body.function.kind === 'literalExpression' };
    for (const binding of body.bindings) yield* texts(binding.value, inside(where, 'binding', binding.name), bound);
  },
  *list({ items }, where, bound) {
    for (const item of items) yield* texts(item, where, bound);
  },
  *relation({ rows }, where, bound) {
    for (const cell of rows.flat()) yield* texts(cell, where, bound);
  },
  *conditional(body, where, bound) {
    for (const part of [body.if, body.then, body.else]) yield* texts(part, where, bound);
  },
  *filter(body, where, bound) {
    yield* texts(body.in, where, bound);
    for (const each of texts(body.match, where, bound)) yield { ...each, maybe: true };
  },
  for: iterated,
  some: iterated,
  every: iterated,
};

function* iterated(body, where, bound) {
  yield* texts(body.in, where, bound);
  yield* texts(body.return ?? body.satisfies, where, within(bound, [body.variable, 'partial']));
}

/** Nodes that evaluating `key` may touch, itself included. */
function reach(model, key) {
  const seen = new Set();
  const open = [key];
  while (open.length) {
    const next = open.pop();
    const node = model.nodes[next];
    if (!node || seen.has(next)) continue;
    seen.add(next);
    open.push(...(node.requires ?? []).map((each) => each.key), ...(node.outputs ?? []));
  }
  return seen;
}

function nodeTexts(model, node) {
  const required = (node.requires ?? []).map(({ key, under }) => [model.nodes[key], under]).filter(([target]) => target);
  const bound = required.flatMap(([target, under]) => (under ? [under] : target.kind === 'input' ? [] : [target.name]));
  const parameters = (node.parameters ?? []).map((parameter) => parameter.name);
  const own = node.kind === 'knowledge' ? [node.name, ...parameters] : parameters;
  return texts(node.body, [node.title], new Set([...bound, ...own]));
}

/** Names with spaces or signs anywhere in the model, as the parser wants them; null if there are none. */
export function oddNames(model) {
  const found = new Set();
  const look = (value, key) => {
    if (value === null || typeof value !== 'object') {
      if ((key === 'name' || key === 'variable') && typeof value === 'string' && !PLAIN.test(value)) found.add(value);
      return;
    }
    for (const [inner, item] of Object.entries(value)) look(item, inner);
  };
  look(model.nodes, '');
  look(model.items, '');
  return found.size ? Object.fromEntries([...found].map((name) => [name, 1])) : null;
}

/** Variables that a decision reads from outside: `names` for certain, `needs` with those that may be entries of elements. */
export function reads(model, key) {
  const names = new Set();
  const needs = new Set();
  for (const each of reach(model, key)) {
    for (const { text, top, where, bound, maybe } of nodeTexts(model, model.nodes[each])) {
      const found = inspected(model, top, text, where);
      for (const name of found.needs) if (!bound.has(name)) needs.add(name);
      if (!maybe) for (const name of found.names) if (!bound.has(name)) names.add(name);
    }
    if (model.nodes[each].kind === 'input') needs.add(model.nodes[each].name);
  }
  return { names: [...names].sort(), needs: [...needs].sort() };
}

function inspected(model, top, text, where) {
  try {
    return inspect(top, text, model.odd);
  } catch (error) {
    throw error instanceof FeelError ? Object.assign(error, { decision: spokenPlace(where), expression: text }) : error;
  }
}

/** More than this is no table that a person can have read. */
const MAX_TEXTS = 5000;
const SLICE_MS = 60;

/**
 * Compiles the texts of a model ahead, a slice at a time, because a large table takes longer than one call may;
 * whether there is more to do. What is wrong with a text is told where it is used.
 */
export function warm(model) {
  model.ahead ??= readable(model) ? allTexts(model) : [];
  const end = Date.now() + SLICE_MS;
  while (model.ahead.length && Date.now() < end) {
    const { text, top } = model.ahead.pop();
    try {
      inspect(top, text, model.odd);
    } catch (error) {
      if (error.name === 'InternalError') throw error;
    }
  }
  return model.ahead.length > 0;
}

/** Every text of a model with its node. */
const allTexts = (model) =>
  Object.values(model.nodes).flatMap((node) => [...nodeTexts(model, node)].map((each) => ({ ...each, node: node.id })));

const readable = (model) => allTexts(model).length <= MAX_TEXTS;

/** What is wrong with the texts of a model: {node, where, text, position, name?, message?}; `name` is a function that there is not. */
export function problems(model) {
  if (!readable(model)) {
    const message = `there are more than ${MAX_TEXTS} expressions in the file`;
    return [{ node: null, where: [model.name], text: '', position: null, message }];
  }
  return allTexts(model).flatMap(({ node, where, text, ...each }) =>
    [...textProblems(model, { text, ...each })].map((problem) => ({ node, where, text: text.slice(0, 200), ...problem })));
}

function* textProblems(model, { text, top, bound, called }) {
  try {
    const { unknown, misused, names } = inspect(top, text, model.odd);
    for (const { name, from } of unknown) if (!bound.has(name)) yield { name, position: from };
    for (const { name, message, from } of misused) if (!bound.has(name)) yield { message, position: from };
    if (called && names.has(text) && !bound.has(text)) yield { name: text, position: 0 };
  } catch (error) {
    if (error.name === 'InternalError') throw error;
    yield { message: error.message, position: error.position ?? null };
  }
}
