// How an error speaks of a value.
import { getType } from '../../.build/feelin.js';
import { numberText } from '../numbers.js';

const MAX_LENGTH = 80;

/** A value as FEEL would write it, cut where it is long. */
export function spoken(value) {
  const text = written(value, 0);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function written(value, depth) {
  const kind = getType(value);
  if (depth > 3) return '…';
  switch (kind) {
    case 'nil': return 'null';
    case 'number': return numberText(value);
    case 'boolean': return String(value);
    case 'string': return JSON.stringify(value.slice(0, MAX_LENGTH));
    case 'list': return `[${value.slice(0, 10).map((item) => written(item, depth + 1)).join(', ')}]`;
    case 'context':
      return `{${Object.entries(value).slice(0, 10).map(([key, item]) => `${key}: ${written(item, depth + 1)}`).join(', ')}}`;
    case 'date': case 'time': case 'date time': case 'duration': return `@"${value.iso}"`;
    default: return `a ${kind}`;
  }
}
