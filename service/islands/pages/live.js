// Conditions and computed values while one types, by the expressions of the server. The server stays the judge.
import { FeelError, decimalText, evaluate } from '../feel/browser.js';

const ROUNDS = 5;
const EMPTY = { textfield: '', textarea: '', checkbox: false, checklist: [], taglist: [], filepicker: [] };

/** Follows a form until its body is replaced; returns a function that works everything out again. */
export function follow(form) {
  return () => {
    const body = form.querySelector('.form-body');
    if (!body?.hasAttribute('data-follows')) return;
    const given = JSON.parse(body.dataset.given || '{}');
    for (let round = 0; round < ROUNDS; round += 1) {
      const root = read(form, body);
      const changes = [...body.querySelectorAll('[data-compute]')].filter((field) => compute(field, root, given)).length
        + [...body.querySelectorAll('[data-hide]')].filter((part) => hide(part, root, given)).length;
      if (!changes) break;
    }
    totals(body);
  };
}

function compute(field, root, given) {
  const names = around(field, root, given);
  const value = attempt(() => evaluate(field.dataset.compute, names, { strict: false }), null);
  const json = JSON.stringify(value);
  if (json === field.dataset.value) return false;
  const before = JSON.parse(field.dataset.value || 'null');
  field.dataset.value = json;
  if (JSON.stringify(before) === json) return false;
  if (!field.hidden) field.textContent = shown(value, field, names);
  return true;
}

function shown(value, field, names) {
  if (value === null || value === '') return '—';
  const { unit, decimals, compute: text } = field.dataset;
  if (typeof value === 'number') {
    const plain = decimals
      ? value.toLocaleString('en-US', { minimumFractionDigits: +decimals, maximumFractionDigits: +decimals })
      : attempt(() => decimalText(text, names), null) ?? String(value);
    return unit ? `${plain} ${unit}` : plain;
  }
  return Array.isArray(value) ? value.join('、') : String(value);
}

function hide(part, root, given) {
  const names = around(part, root, given);
  const hidden = JSON.parse(part.dataset.hide).some((text) => attempt(() => evaluate(text, names, { strict: false }), false) === true);
  if (hidden === part.hidden) return false;
  part.hidden = part.disabled = hidden;
  return true;
}

function attempt(act, otherwise) {
  try {
    return act();
  } catch (error) {
    if (error instanceof FeelError) return otherwise;
    throw error;
  }
}

/** What an expression sees at a place: fields and variables by name, the object around, one further out, row numbers. */
function around(part, root, given) {
  const paths = [];
  for (let at = part.parentElement?.closest('[data-scope]'); at; at = at.parentElement.closest('[data-scope]')) paths.unshift(at.dataset.scope);
  const scopes = [root, ...paths.map((path) => steps(path).reduce((value, step) => value?.[step], root) ?? {})];
  const rows = paths.length ? steps(paths.at(-1)).filter((step) => typeof step === 'number').map((step) => step + 1) : [];
  return { ...given, ...root, this: scopes.at(-1), parent: scopes.at(-2) ?? null, i: rows };
}

const steps = (path) => [...path.matchAll(/[^.[\]]+/g)].map(([step]) => (/^\d+$/.test(step) ? +step : step));

/** The values of the form as the server would read them. What is hidden now holds nothing. */
function read(form, body) {
  const root = {};
  for (const marker of body.querySelectorAll('.form-rows[id] > input[name="_shown"]')) put(root, marker.value, [], true);
  for (const row of body.querySelectorAll('tr[data-scope], .form-row[data-scope]')) put(root, row.dataset.scope, {}, true);
  for (const field of body.querySelectorAll('[data-name]:not([data-name=""])')) put(root, field.dataset.name, JSON.parse(field.dataset.value || 'null'));
  for (const field of body.querySelectorAll('[data-kind]')) {
    const { kind } = field.dataset;
    const path = field.name.replace(/^_file:/, '');
    const many = kind === 'checklist' || kind === 'taglist' || kind === 'filepicker';
    put(root, path, many ? [] : EMPTY[kind] ?? null, true);
    if (field.matches(':disabled') || field.type === 'file' || ((field.type === 'radio' || field.type === 'checkbox') && !field.checked)) continue;
    const value = valueOf(kind, field.value);
    if (many) steps(path).reduce((holder, step) => holder[step], root).push(value);
    else put(root, path, value);
  }
  return root;
}

function valueOf(kind, text) {
  if (kind === 'checkbox') return true;
  if (kind === 'number') {
    const plain = text.normalize('NFKC').trim();
    return plain !== '' && Number.isFinite(Number(plain)) ? Number(plain) : null;
  }
  if (kind === 'filepicker') return JSON.parse(text);
  if (text.startsWith('json:')) return JSON.parse(text.slice(5));
  if (kind === 'textarea' || kind === 'textfield') return text;
  return text || null;
}

function put(root, path, value, onlyIfNone = false) {
  const way = steps(path);
  const last = way.pop();
  let holder = root;
  for (const [at, step] of way.entries()) holder = holder[step] ??= typeof (way[at + 1] ?? last) === 'number' ? [] : {};
  if (!onlyIfNone || !(last in holder)) holder[last] = value;
}

function totals(body) {
  for (const output of body.querySelectorAll('[data-total]')) sum(body, output);
}

/** The sum of a column, in whole units of its smallest decimal so that 0.1 + 0.2 is 0.3. */
export function sum(body, output) {
  const { total, column } = output.dataset;
  const cells = [...body.querySelectorAll(`[name^="${CSS.escape(total)}["]`)].filter((field) => field.name.endsWith(`].${column}`) && !field.matches(':disabled'));
  const texts = cells.map((field) => field.value.normalize('NFKC').trim()).filter((text) => /^-?\d+(\.\d+)?$/.test(text));
  const places = Math.max(0, ...texts.map((text) => text.split('.')[1]?.length ?? 0));
  const units = texts.reduce((all, text) => all + BigInt(Math.round(Number(text) * 10 ** places)), 0n);
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const plain = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '') : digits;
  output.textContent = (units < 0n ? '-' : '') + plain;
}
