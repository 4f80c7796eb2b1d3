// What an expression reads and calls, from its parse tree alone.
import { FUNCTION_NAMES } from './builtins.js';

const KNOWN = new Set(FUNCTION_NAMES);

/**
 * `names`: variables that the expression reads for certain. `needs`: those, and names inside filters, which may
 * be entries of the list's elements. `unknown`: calls of functions that neither FEEL nor the expression defines.
 */
export function analyse(tree, source) {
  const found = { names: new Set(), needs: new Set(), unknown: [] };
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
    if (target.name === 'VariableName') call(text(target, state), target, state);
    else walk(target, state);
    each(rest, state);
  },
  NamedParameter(node, state) {
    walk(node.lastChild, state);
  },
  FilterExpression(node, state) {
    const [list, ...test] = children(node);
    walk(list, state);
    each(test, { ...state, maybe: true });
  },
  ForExpression: iterate,
  QuantifiedExpression: iterate,
  FunctionDefinition(node, state) {
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

function walk(node, state) {
  const visit = VISIT[node.name];
  if (visit) visit(node, state);
  else each(children(node), state);
}

function read(name, node, state) {
  if (state.bound.has(name)) return;
  state.found.needs.add(name);
  if (!state.maybe && !KNOWN.has(name)) state.found.names.add(name);
}

function call(name, node, state) {
  if (state.bound.has(name)) return;
  state.found.needs.add(name);
  if (!KNOWN.has(name) && !state.maybe) state.found.unknown.push({ name, from: node.from });
}
