// What a model reads and where it is wrong, found without running it.
import { FeelError, PLAIN, inspect } from '../library.js';

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
      if (column.text) yield { text: column.text, top: 'expression', where: `${where}, input ${column.label}`, bound };
      if (column.allowed) yield { text: column.allowed, top: 'unary', where: `${where}, input values of ${column.label}`, bound };
    }
    for (const output of table.outputs) {
      const label = output.name ?? 'the output';
      if (output.allowed) yield { text: output.allowed, top: 'unary', where: `${where}, output values of ${label}`, bound };
      if (output.default) yield { text: output.default, top: 'expression', where: `${where}, default of ${label}`, bound };
    }
    for (const rule of table.rules) {
      for (const text of rule.tests) if (text && text !== '-') yield { text, top: 'unary', where: `${where}, rule ${rule.index}`, bound };
      for (const text of rule.results) if (text) yield { text, top: 'expression', where: `${where}, rule ${rule.index}`, bound };
    }
  },
  *context({ entries }, where, bound) {
    let inner = bound;
    for (const entry of entries) {
      yield* texts(entry.value, `${where}, ${entry.name ?? 'the result'}`, inner);
      if (entry.name) inner = within(inner, [entry.name]);
    }
  },
  *functionDefinition({ parameters, body }, where, bound) {
    yield* texts(body, where, within(bound, parameters.map((parameter) => parameter.name)));
  },
  *invocation(body, where, bound) {
    yield* texts(body.function, where, bound);
    for (const binding of body.bindings) yield* texts(binding.value, `${where}, ${binding.name}`, bound);
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
function reach(model, key, seen = new Set()) {
  const node = model.nodes[key];
  if (!node || seen.has(key)) return seen;
  seen.add(key);
  const below = [...node.requires?.map((each) => each.key) ?? [], ...node.outputs ?? []];
  below.forEach((each) => reach(model, each, seen));
  return seen;
}

function nodeTexts(model, node) {
  const required = (node.requires ?? []).map(({ key, under }) => [model.nodes[key], under]).filter(([target]) => target);
  const bound = required.flatMap(([target, under]) => (under ? [under] : target.kind === 'input' ? [] : [target.name]));
  const parameters = (node.parameters ?? []).map((parameter) => parameter.name);
  const own = node.kind === 'knowledge' ? [node.name, ...parameters] : parameters;
  return texts(node.body, node.title, new Set([...bound, ...own]));
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
    throw error instanceof FeelError ? Object.assign(error, { decision: where, expression: text }) : error;
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
  model.ahead ??= Object.values(model.nodes).flatMap((node) => [...nodeTexts(model, node)]).slice(0, MAX_TEXTS);
  const end = Date.now() + SLICE_MS;
  while (model.ahead.length && Date.now() < end) {
    const { text, top } = model.ahead.pop();
    try {
      inspect(top, text, model.odd);
    } catch (error) {
      if (!(error instanceof FeelError)) throw error;
    }
  }
  return model.ahead.length > 0;
}

const HITS = new Set(['UNIQUE', 'ANY', 'FIRST', 'PRIORITY', 'OUTPUT ORDER', 'RULE ORDER', 'COLLECT']);

/** Mistakes: {where, message, position}. */
export function problems(model) {
  const found = model.missing.map((name) => ({ where: 'import', message: `the model imports ${name}, which is not in the file`, position: null }));
  let count = 0;
  for (const node of Object.values(model.nodes)) {
    for (const { key } of node.requires ?? []) {
      if (!model.nodes[key]) found.push({ where: node.title, message: `it requires ${key}, which is not in the file`, position: null });
    }
    if (node.kind === 'decision' && !node.body) found.push({ where: node.title, message: 'the decision has no logic', position: null });
    if (node.foreign) found.push({ where: node.title, message: 'only FEEL functions can be run', position: null });
    if (node.body?.kind === 'decisionTable') tableProblems(node.body, node.title, found);
    for (const { text, top, where, bound } of nodeTexts(model, node)) {
      count += 1;
      if (count <= MAX_TEXTS) textProblems(model, text, top, where, bound, found);
    }
  }
  if (count > MAX_TEXTS) found.push({ where: model.name, message: `it has more than ${MAX_TEXTS} expressions`, position: null });
  return found;
}

function tableProblems(table, where, found) {
  if (!HITS.has(table.hit)) found.push({ where, message: `there is no hit policy ${table.hit}`, position: null });
  for (const column of table.inputs) {
    if (!column.text) found.push({ where, message: `its input ${column.id} has no expression`, position: null });
  }
  const names = table.outputs.map((output) => output.name);
  if (names.length > 1 && (names.includes(null) || new Set(names).size < names.length)) {
    found.push({ where, message: 'its outputs need a name each', position: null });
  }
  if (table.aggregation && table.hit !== 'COLLECT') found.push({ where, message: 'only COLLECT aggregates', position: null });
  for (const rule of table.rules) {
    if (rule.tests.length !== table.inputs.length || rule.results.length !== table.outputs.length) {
      found.push({ where: `${where}, rule ${rule.index}`, message: 'it has not as many cells as the table has columns', position: null });
    }
  }
}

function textProblems(model, text, top, where, bound, found) {
  try {
    for (const { name, from } of inspect(top, text, model.odd).unknown) {
      if (!bound.has(name)) found.push({ where, message: `there is no function ${name}`, position: from });
    }
  } catch (error) {
    if (!(error instanceof FeelError)) throw error;
    found.push({ where, message: `${error.message}: ${text.slice(0, 120)}`, position: error.position });
  }
}
