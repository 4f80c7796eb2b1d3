// The entry of the server's bundle: strings in, strings out, called by service/engine/feel_host.py.
import './intl.js';
import { FeelError, evaluate, inspect, oddShape, passes } from './library.js';
import { setMoment } from './moment.js';
import { run as feel } from './run.js';
import { SIGNATURES } from './signatures.js';
import { tryCells } from './dmn/cells.js';
import { oddNames, problems, reads, warm } from './dmn/check.js';
import { isOfType } from './dmn/conversion.js';
import { Run, find, shown } from './dmn/graph.js';
import { Calendar, CalendarMissing } from './workdays.js';
import { dec } from './numbers.js';
import { HALF, outward, revive } from './values.js';

Math.random = () => {
  throw new TypeError('there is no randomness');
};

const calendars = new Map();

/** Makes a working-day calendar known by its hash; kept while the context lives. */
globalThis.setCalendar = (hash, first, days, bits) => {
  calendars.set(hash, new Calendar(first, days, bits));
};

function begin({ now, calendar }) {
  setMoment(now, calendars.get(calendar) ?? null);
}

/** An error as plain data; `broken` means that the context has to be thrown away. */
function failure(error) {
  if (error instanceof FeelError) {
    const reason = error.decision && !error.message.startsWith(error.decision) ? `${error.decision}: ${error.message}` : error.message;
    return { kind: error.kind, reason: whole(reason), position: error.position, variable: error.variable, expression: error.expression };
  }
  if (error instanceof CalendarMissing) return { kind: 'calendar', reason: error.message };
  const text = String((error && error.message) || error);
  if (error && error.name === 'InternalError') return { kind: 'limit', reason: text, broken: true };
  if (/call stack|stack overflow/i.test(text)) return { kind: 'limit', reason: 'the expression recurses too deeply' };
  return { kind: 'type', reason: whole(text.slice(0, 300)) };
}

function guarded(work) {
  try {
    return JSON.stringify(work());
  } catch (error) {
    return JSON.stringify({ error: failure(error) });
  }
}

/** A message may have been cut in the middle of a character. */
const whole = (text) => text.replace(HALF, '\ufffd');


/** {now, calendar, context, lenient?, odd?, tests?, expressions} → {values} or {error, index}. */
globalThis.evaluate = (json) => guarded(() => {
  const request = JSON.parse(json);
  begin(request);
  const context = revive(request.context);
  const options = { strict: !request.lenient, odd: request.odd ? oddShape(context) : null };
  const values = [];
  for (const expression of request.expressions) {
    try {
      const value = request.tests ? passes(expression, context, options) : evaluate(expression, context, options);
      values.push(outward(value));
    } catch (error) {
      return { error: failure(error), index: values.length };
    }
  }
  return { values };
});

/** What an expression reads, and what is wrong with it whatever it reads: {names, needs, problems}, or {error}. */
globalThis.inspect = (top, expression) => guarded(() => {
  const { names, needs, unknown, misused, types, loose } = inspect(top, expression);
  const problems = [
    ...unknown.map(({ name, from }) => ({ message: `there is no function ${name}`, from })),
    ...misused.map(({ message, from }) => ({ message, from })),
    ...loose.map(({ name, from }) => ({ message: `there is no operator in ${name}; a name with blanks stands in backticks`, from })),
    ...types.map(({ name, from }) => ({ message: `there is no type ${name}`, from })),
  ];
  return { names: [...names], needs: [...needs], problems };
});

/** The functions that expressions may call, by name: {parameters, least, most}, `most` null for any number. */
globalThis.functions = () => guarded(() => SIGNATURES);

const models = new Map();

/** Makes a model (the JSON of service/engine/dmn_xml.py) known by its hash. */
globalThis.setModel = (hash, json) => {
  const model = JSON.parse(json);
  model.odd = oddNames(model);
  models.set(hash, model);
};

/** Compiles a slice of a model; whether there is more to do. */
globalThis.warmModel = (hash) => warm(models.get(hash));

const written = ({ id, name, type, inputs, rules, value }) => ({
  id, name, type,
  inputs: inputs.map(([input, label, given]) => [input, label, outward(shown(given))]),
  rules: rules.map((rule) => ({ ...rule, index: outward(dec(rule.index)), outputs: outward(rule.outputs) })),
  value: outward(shown(value)),
});

/** {now, calendar, model, decision, context, given?, lenient?} → {value, evaluated} or {error}. `given` is a FEEL context. */
globalThis.decide = (json) => guarded(() => {
  const request = JSON.parse(json);
  begin(request);
  const model = models.get(request.model);
  const variables = request.given ? evaluate(request.given, {}) : revive(request.context);
  const run = new Run(model, variables, !request.lenient);
  feel.isOfType = (name, value) => isOfType(run, name, value);
  try {
    const value = outward(shown(run.answer(find(model, request.decision))));
    return { value, evaluated: request.lenient ? [] : run.trace.map(written) };
  } finally {
    feel.isOfType = null;
  }
});

globalThis.modelReads = (hash, decision) => guarded(() => reads(models.get(hash), find(models.get(hash), decision)));

/** {now, calendar, samples, cells} → {values, cells} as `tryCells` has it. */
globalThis.tryCells = (json) => guarded(() => {
  const request = JSON.parse(json);
  begin(request);
  return tryCells(request.samples, request.cells);
});

globalThis.modelProblems = (hash) => guarded(() => problems(models.get(hash)));
