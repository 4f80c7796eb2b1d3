// What an expression reads and calls, from its parse tree alone.
import { SIGNATURES } from './signatures.js';

const KNOWN = new Set(Object.keys(SIGNATURES));
/** What `instance of` may ask for by a simple name. */
const TYPES = new Set(['Any', 'Null', 'number', 'string', 'boolean', 'date', 'time', 'date and time', 'duration',
  'days and time duration', 'years and months duration', 'context', 'list', 'range', 'function']);

/**
 * `names`: variables that the expression reads for certain. `needs`: those, and names inside filters, which may
 * be entries of the list's elements. `unknown`: calls of functions that neither FEEL nor the expression defines.
 * `misused`: calls that no value of a variable makes right. `types`: names of types that FEEL does not have. `loose`: names
 * of several words, which without a model that declares them are more likely words without an operator between.
 */
export function analyse(tree, source) {
  const found = { names: new Set(), needs: new Set(), unknown: [], misused: [], types: [], loose: [] };
  walk(tree.topNode, { source, bound: new Set(['?', 'item', 'partial']), maybe: false, found });
  return found;
}

const text = (node, state) => state.source.slice(node.from, node.to).replace(/`/g, '').replace(/\s{2,}/g, ' ');

function children(node) {
  const result = [];
  for (let child = node.firstChild; child; child = child.nextSibling) result.push(child);
  return result;
}

const binding = (state, names) => ({ ...state, bound: new Set([...state.bound, ...names]) });
const each = (nodes, state) => nodes.forEach((node) => walk(node, state));

const VISIT = {
  VariableName(node, state) {
    read(text(node, state), node, state);
  },
  PathExpression(node, state) {
    walk(node.firstChild, state);
  },
  FunctionInvocation(node, state) {
    const [target, ...rest] = children(node);
    if (target.name === 'VariableName') call(text(target, state), target, node, state);
    else walk(target, state);
    each(rest, state);
  },
  DateTimeLiteral(node, state) {
    const [target, ...rest] = children(node);
    if (target.name === 'DateTimeConstructor') arity(text(target, state), node, state);
    each(rest, state);
  },
  PositionalParameters(node, state) {
    each(children(node), { ...state, argument: true });
  },
  NamedParameter(node, state) {
    walk(node.lastChild, { ...state, argument: true });
  },
  FilterExpression(node, state) {
    const [list, ...test] = children(node);
    walk(list, state);
    each(test, { ...state, maybe: true });
  },
  ForExpression: iterate,
  QuantifiedExpression: iterate,
  FunctionDefinition(node, state) {
    // a function in Java is known by its keyword; there is no such function here
    const foreign = node.getChild('external');
    if (foreign) state.found.unknown.push({ name: 'external', from: foreign.from });
    const parameters = node.getChild('FormalParameters');
    const names = parameters ? children(parameters).flatMap((p) => (p.name === 'FormalParameter' ? [text(p.firstChild, state)] : [])) : [];
    const body = node.getChild('FunctionBody');
    if (body) walk(body, binding(state, names));
  },
  Context(node, state) {
    let inner = state;
    for (const entry of node.getChildren('ContextEntry')) {
      const key = entry.firstChild;
      walk(entry.lastChild, inner);
      inner = binding(inner, [text(key, state).replace(/^"|"$/g, '')]);
    }
  },
  InstanceOfExpression(node, state) {
    walk(node.firstChild, state);
    node.lastChild.cursor().iterate(({ name, from, to }) => {
      if (name !== 'QualifiedName') return;
      const type = text({ from, to }, state);
      if (!TYPES.has(type)) state.found.types.push({ name: type, from });
    });
  },
};

function iterate(node, state) {
  let inner = state;
  for (const child of children(node)) {
    if (child.name !== 'InExpressions') {
      walk(child, inner);
      continue;
    }
    for (const part of child.getChildren('InExpression')) {
      walk(part.lastChild, inner);
      inner = binding(inner, [text(part.firstChild, state)]);
    }
  }
}

/** Only what stands by itself as an argument may be a function that is handed over: `sort(list, before)`. */
function walk(node, state) {
  const inner = state.argument && node.name !== 'VariableName' && !node.name.endsWith('Parameters') && node.name !== 'NamedParameter'
    ? { ...state, argument: false } : state;
  const visit = VISIT[node.name];
  if (visit) visit(node, inner);
  else each(children(node), inner);
}

function read(name, node, state) {
  if (state.bound.has(name)) return;
  state.found.needs.add(name);
  if (state.maybe || (state.argument && KNOWN.has(name))) return;
  state.found.names.add(name);
  if (name.includes(' ') && state.source[node.from] !== '`') state.found.loose.push({ name, from: node.from });
}

function call(name, target, node, state) {
  if (state.bound.has(name)) return;
  state.found.needs.add(name);
  if (KNOWN.has(name)) arity(name, node, state);
  else if (!state.maybe) state.found.unknown.push({ name, from: target.from });
}

/** A call of a function of ours: not too few parameters or too many, and no name that it does not have. */
function arity(name, node, state) {
  const { parameters, least, most } = SIGNATURES[name];
  const named = node.getChild('NamedParameters');
  const given = children(named ?? node.getChild('PositionalParameters'));
  if (given.length < least || given.length > most) {
    const wanted = least === most ? least : most === Infinity ? `${least} or more` : `${least} to ${most}`;
    misuse(name, `takes ${wanted} parameters, not ${given.length}`, node.from, state);
  }
  for (const parameter of named ? given : []) {
    const wanted = text(parameter.firstChild, state);
    if (!parameters.includes(wanted)) {
      misuse(name, `has no parameter ${wanted}, only ${parameters.join(', ')}`, parameter.from, state);
    }
  }
}

const misuse = (name, message, from, state) => state.found.misused.push({ name, message: `${name} ${message}`, from });
