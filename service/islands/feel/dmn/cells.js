// Which of given values the cells of a column let pass: what the analysis of a table before it runs is made of.
import { FeelError, evaluate, passes } from '../library.js';
import { spoken } from './words.js';

/** A cell that reads variables cannot be known before it runs. */
const OPEN = new Set(['unknown variable', 'unknown function', 'limit', 'syntax']);

/**
 * `samples` are expressions without variables. Answers how each value is written, and for each cell a text of
 * `1` (passes), `0` and `e` (an error), one a sample; null for a cell that cannot be known.
 */
export function tryCells(samples, cells) {
  const values = samples.map((text) => evaluate(text, {}));
  return { values: values.map(spoken), cells: cells.map((cell) => tryCell(cell, values)) };
}

function tryCell(cell, values) {
  let verdicts = '';
  for (const value of values) {
    try {
      verdicts += passes(cell, { '?': value }) === true ? '1' : '0';
    } catch (error) {
      if (!(error instanceof FeelError) || OPEN.has(error.kind)) return null;
      verdicts += 'e';
    }
  }
  return verdicts;
}
