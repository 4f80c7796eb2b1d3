// Decision tables: every hit policy and aggregation of DMN 1.5.
import { equals, wrapFunction } from '../../.build/feelin.js';
import { builtins } from '../../.build/feelin.js';
import { dec } from '../numbers.js';
import { FeelError } from '../library.js';
import { convert } from './conversion.js';
import { evaluateTest, evaluateText, passesIn } from './scope.js';

const AGGREGATES = { SUM: 'sum', MIN: 'min', MAX: 'max' };

/** Evaluates a table; `note` is told the inputs as evaluated and the rules that fired. */
export function evaluateTable(run, table, scope, title, note) {
  const inputs = table.inputs.map((column) => inputValue(run, column, scope));
  note.inputs = table.inputs.map((column, i) => [column.id, column.label, inputs[i]]);
  const columns = inputs.map((value) => scope.with({ '?': value }));
  const fitting = table.rules.filter((rule) => fits(run, rule, columns));
  const context = { run, table, scope, title, note };
  if (!fitting.length) return noRule(context);
  const policy = POLICIES[table.hit];
  if (!policy) throw new FeelError('decision', `${title}: there is no hit policy ${table.hit}`);
  return policy(context, fitting);
}

function inputValue(run, column, scope) {
  const value = convert(run, evaluateText(run, column.text, scope), column.type, column.label);
  if (column.allowed && value !== null && !evaluateTest(run, column.allowed, value, scope)) {
    throw new FeelError('decision', `the input ${column.label} is none of ${column.allowed}`);
  }
  return value;
}

function fits(run, rule, columns) {
  return columns.every((scope, i) => {
    const test = rule.tests[i];
    return test === '-' || test === '' || test === undefined || passesIn(run, test, scope);
  });
}

/** The outputs of a rule: one value, or a context by output name. Told to the note as fired. */
function fire({ run, table, scope, title, note }, rule) {
  const values = table.outputs.map((output, i) => {
    const value = convert(run, evaluateText(run, rule.results[i] ?? '', scope), output.type, `${title}: the output of rule ${rule.index}`);
    if (run.strict && output.allowed && value !== null && !evaluateTest(run, output.allowed, value, scope)) {
      throw new FeelError('decision', `${title}: the output of rule ${rule.index} is none of ${output.allowed}`);
    }
    return value;
  });
  note.rules.push({ id: rule.id, index: rule.index, outputs: Object.fromEntries(table.outputs.map((o, i) => [o.name || title, values[i]])) });
  return shaped(table, values);
}

const shaped = (table, values) =>
  (table.outputs.length > 1 ? Object.fromEntries(table.outputs.map((output, i) => [output.name, values[i]])) : values[0] ?? null);

function noRule({ run, table, scope }) {
  if (table.outputs.some((output) => output.default)) {
    return shaped(table, table.outputs.map((output) => (output.default ? evaluateText(run, output.default, scope) : null)));
  }
  if (table.hit !== 'COLLECT') return null;
  if (table.aggregation === 'COUNT') return dec(0);
  return table.aggregation ? null : [];
}

const named = (rules) => rules.map((rule) => `${rule.index} (${rule.id})`).join(', ');

const isCatchAll = (rule) => rule.tests.every((test) => test === '-' || test === '' || test === undefined);

/** A last rule with only empty cells stands for "everything else": it fits where no other rule does. */
function unique(context, fitting) {
  const { rules } = context.table;
  const last = rules[rules.length - 1];
  const wanted = fitting.length > 1 && isCatchAll(last) ? fitting.filter((rule) => rule !== last) : fitting;
  if (wanted.length > 1) {
    throw new FeelError('decision', `${context.title} is UNIQUE, but several rules fit: ${named(wanted)}`);
  }
  return fire(context, wanted[0]);
}

function any(context, fitting) {
  const values = fitting.map((rule) => fire(context, rule));
  if (values.some((value) => equals(value, values[0]) !== true)) {
    throw new FeelError('decision', `${context.title} is ANY, but its fitting rules differ: ${named(fitting)}`);
  }
  return values[0];
}

/** Fired rules by the rank of their outputs in the lists of output values, first outputs first. */
function byPriority(context, fitting) {
  const { run, table, scope, note } = context;
  const ranks = table.outputs.map((output) => (output.allowed ? evaluateText(run, `[${output.allowed}]`, scope) : []));
  const rank = (value, i) => {
    const found = ranks[i].findIndex((each) => equals(each, table.outputs.length > 1 ? value[table.outputs[i].name] : value) === true);
    return found < 0 ? Infinity : found;
  };
  const fired = fitting.map((rule) => ({ value: fire(context, rule) }));
  fired.forEach((each, i) => Object.assign(each, { note: note.rules[i], ranks: ranks.map((_, o) => rank(each.value, o)) }));
  fired.sort((a, b) => a.ranks.reduce((order, r, i) => order || (r === b.ranks[i] ? 0 : r - b.ranks[i]), 0));
  note.rules = fired.map((each) => each.note);
  return fired.map((each) => each.value);
}

function priority(context, fitting) {
  const [value] = byPriority(context, fitting);
  context.note.rules.length = 1;
  return value;
}

function collect(context, fitting) {
  const values = fitting.map((rule) => fire(context, rule));
  const { aggregation, outputs } = context.table;
  if (!aggregation) return values;
  if (aggregation === 'COUNT') return dec(values.length);
  const apply = (list) => {
    const result = wrapFunction(builtins[AGGREGATES[aggregation]]).invoke([list]);
    if (result && result.warning) throw new FeelError('decision', `${context.title}: no ${aggregation} of these outputs`);
    return result;
  };
  if (outputs.length === 1) return apply(values);
  return Object.fromEntries(outputs.map(({ name }) => [name, apply(values.map((value) => value[name]))]));
}

const POLICIES = {
  UNIQUE: unique,
  ANY: any,
  FIRST: (context, fitting) => fire(context, fitting[0]),
  PRIORITY: priority,
  'OUTPUT ORDER': byPriority,
  'RULE ORDER': (context, fitting) => fitting.map((rule) => fire(context, rule)),
  COLLECT: collect,
};
