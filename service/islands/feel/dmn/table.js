// Decision tables: every hit policy and aggregation of DMN 1.5.
import { equals, wrapFunction } from '../../.build/feelin.js';
import { builtins } from '../../.build/feelin.js';
import { dec } from '../numbers.js';
import { FeelError } from '../library.js';
import { convert } from './conversion.js';
import { evaluateTest, evaluateText, passesIn } from './scope.js';
import { spoken } from './words.js';

const AGGREGATES = { SUM: 'sum', MIN: 'min', MAX: 'max' };

/** Evaluates a table; `note` is told the inputs as evaluated and the rules that fired. */
export function evaluateTable(run, table, scope, title, note) {
  const inputs = table.inputs.map((column) => within(`input ${column.label}`, () => inputValue(run, column, scope)));
  note.inputs = table.inputs.map((column, i) => [column.id, column.label, inputs[i]]);
  const columns = inputs.map((value) => scope.with({ '?': value }));
  const fitting = table.rules.filter((rule) => fits(run, table, rule, columns));
  const context = { run, table, scope, title, note };
  if (!fitting.length) return noRule(context);
  const policy = POLICIES[table.hit];
  if (!policy) throw new FeelError('decision', `there is no hit policy ${table.hit}`);
  return policy(context, fitting);
}

/** Errors of `work` begin with the place in the table. */
function within(place, work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof FeelError && !error.placed) {
      error.placed = true;
      error.message = `${place}: ${error.message}`;
    }
    throw error;
  }
}

function inputValue(run, column, scope) {
  const value = convert(run, evaluateText(run, column.text, scope), column.type, 'the value');
  if (column.allowed && value !== null && !evaluateTest(run, column.allowed, value, scope)) {
    throw new FeelError('decision', `${spoken(value)} is none of the allowed values ${column.allowed}`);
  }
  return value;
}

const isEmpty = (test) => test === '-' || test === '' || test === undefined;

function fits(run, table, rule, columns) {
  return columns.every((scope, i) => {
    const test = rule.tests[i];
    return isEmpty(test) || within(`${named(rule)}, input ${table.inputs[i].label}`, () => passesIn(run, test, scope));
  });
}

/** The outputs of a rule: one value, or a context by output name. Told to the note as fired. */
function fire(context, rule) {
  const { table, title, note } = context;
  const values = table.outputs.map((output, i) =>
    within(`${named(rule)}, output ${output.name ?? title}`, () => outputValue(context, output, rule.results[i] ?? '')));
  const outputs = Object.fromEntries(table.outputs.map((output, i) => [output.name || title, values[i]]));
  note.rules.push({ id: rule.id, index: rule.index, outputs, notes: rule.notes });
  return shaped(table, values);
}

function outputValue({ run, scope }, output, text) {
  const value = convert(run, evaluateText(run, text, scope), output.type, 'the value');
  if (run.strict && output.allowed && value !== null && !evaluateTest(run, output.allowed, value, scope)) {
    throw new FeelError('decision', `${spoken(value)} is none of the allowed values ${output.allowed}`);
  }
  return value;
}

const shaped = (table, values) =>
  (table.outputs.length > 1 ? Object.fromEntries(table.outputs.map((output, i) => [output.name, values[i]])) : values[0] ?? null);

function noRule(context) {
  const { table, title } = context;
  if (table.outputs.some((output) => output.default)) {
    return shaped(table, table.outputs.map((output) =>
      within(`default of ${output.name ?? title}`, () => outputValue(context, output, output.default ?? ''))));
  }
  if (table.hit !== 'COLLECT') return null;
  if (table.aggregation === 'COUNT') return dec(0);
  return table.aggregation ? null : [];
}

const named = (rule) => `rule ${rule.index} (${rule.id})`;
const allNamed = (rules) => rules.map((rule) => `${rule.index} (${rule.id})`).join(', ');

/** The rules of a UNIQUE table but the one that its author has marked as “otherwise”: it fits where no other does. */
function unique(context, fitting) {
  const { otherwise, rules } = context.table;
  const last = otherwise ? rules[rules.length - 1] : null;
  const wanted = fitting.length > 1 ? fitting.filter((rule) => rule !== last) : fitting;
  if (wanted.length > 1) throw new FeelError('decision', `the table is UNIQUE, but several rules fit: ${allNamed(wanted)}`);
  return fire(context, wanted[0]);
}

function any(context, fitting) {
  const values = fitting.map((rule) => fire(context, rule));
  const other = values.findIndex((value) => equals(value, values[0]) !== true);
  if (other > 0) {
    const [one, two] = [values[0], values[other]].map(spoken);
    const rules = allNamed([fitting[0], fitting[other]]);
    throw new FeelError('decision', `the table is ANY, but fitting rules differ: ${rules} give ${one} and ${two}`);
  }
  return values[0];
}

/** The list of values that gives an output its order: its own, or that of its type. */
const order = (run, output) => output.allowed ?? run.model.items[output.type]?.allowed ?? null;

/** Fired rules by the rank of their outputs in the lists of output values, first outputs first. */
function byPriority(context, fitting) {
  const { run, table, scope, note } = context;
  const ranks = table.outputs.map((output) => {
    const values = order(run, output);
    return values ? evaluateText(run, `[${values}]`, scope) : [];
  });
  const rank = (value, i) => {
    const found = ranks[i].findIndex((each) => equals(each, table.outputs.length > 1 ? value[table.outputs[i].name] : value) === true);
    return found < 0 ? Infinity : found;
  };
  const fired = fitting.map((rule) => ({ value: fire(context, rule) }));
  fired.forEach((each, i) => Object.assign(each, { note: note.rules[i], ranks: ranks.map((_, o) => rank(each.value, o)) }));
  fired.sort((a, b) => a.ranks.reduce((sign, r, i) => sign || (r === b.ranks[i] ? 0 : r - b.ranks[i]), 0));
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
  const { aggregation } = context.table;
  if (!aggregation) return values;
  if (aggregation === 'COUNT') return dec(values.length);
  const result = wrapFunction(builtins[AGGREGATES[aggregation]]).invoke([values]);
  if (result && result.warning) throw new FeelError('decision', `there is no ${aggregation} of ${spoken(values)}`);
  return result;
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
