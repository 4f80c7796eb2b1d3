// Lists, where feelin has something otherwise or lacks it.
import { builtins, equals, fn, getType, invalidArguments, isNil } from '../.build/feelin.js';
import { exact } from './define.js';
import { dec, int, isDecimal } from './numbers.js';

/** A stable merge sort: it asks `precedes` once a comparison, and never relies on the answer for the other order. */
function sorted(list, precedes) {
  if (list.length < 2) return list;
  const middle = list.length >> 1;
  const left = sorted(list.slice(0, middle), precedes);
  const right = sorted(list.slice(middle), precedes);
  const result = [];
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const takeRight = l >= left.length || (r < right.length && precedes.invoke([right[r], left[l]]) === true);
    result.push(takeRight ? right[r++] : left[l++]);
  }
  return result;
}

function listReplace(list, position, newItem, match) {
  const matcher = position ?? match;
  if (isDecimal(matcher)) {
    const place = int(matcher.trunc());
    const index = place < 0 ? list.length + place : place - 1;
    if (index < 0 || index >= list.length) return invalidArguments('list replace: no position {matcher}', { matcher });
    return list.map((item, i) => (i === index ? newItem : item));
  }
  if (getType(matcher) !== 'function') return invalidArguments('list replace expects a position or a function');
  if (matcher.parameterNames.length !== 2) return invalidArguments('list replace expects a function of an item and the new item');
  const verdicts = list.map((item) => matcher.invoke([item, newItem]));
  if (verdicts.some((verdict) => typeof verdict !== 'boolean')) return invalidArguments('list replace expects a function that is true or false');
  return list.map((item, i) => (verdicts[i] ? newItem : item));
}

const same = (a, b) => equals(a, b) === true;

function duplicates(list) {
  return list.filter((x, i) => list.findIndex((y) => same(x, y)) === i && list.some((y, j) => j > i && same(x, y)));
}

function partition(list, size) {
  if (!Number.isInteger(size) || size < 1) return invalidArguments('partition(list, size) expects a whole size of at least 1');
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

/** A function with a position in a list, where there is one; up to `after` places behind the last. */
const within = (name, after) => exact((list, position, ...rest) => {
  const place = position.abs();
  if (!place.isInteger() || place.isZero() || place.gt(list.length + (position.isNegative() ? 0 : after))) {
    return invalidArguments(`${name}: there is no position {position}`, { position });
  }
  return builtin[name](list, position, ...rest);
}, ['list', 'number', 'any?', 'any?'], builtins[name].$args);

/** Whether all, or any, of them are true; nulls may leave it open. */
const joined = (name) => exact((...list) => {
  const values = list.length === 1 && Array.isArray(list[0]) ? list[0] : list;
  if (!list.length) return invalidArguments(`${name}(list) expects a list`);
  const odd = values.find((value) => !isNil(value) && typeof value !== 'boolean');
  return odd === undefined ? builtin[name](values) : invalidArguments(`${name}(list) expects booleans, got {odd}`, { odd });
}, [], ['...list']);

const builtin = { ...builtins };

export const LISTS = {
  all: joined('all'),
  any: joined('any'),
  'insert before': within('insert before', 1),
  remove: within('remove', 0),
  sublist: within('sublist', Infinity),
  'index of': exact((list, match) => list.flatMap((item, i) => (same(item, match) ? [dec(i + 1)] : [])), ['list', 'any?'], ['list', 'match']),
  'list replace': exact(listReplace, ['list', 'any?', 'any?', 'function?'], ['list', 'position', 'newItem', 'match']),
  sort: exact(sorted, ['list', 'function'], ['list', 'precedes']),
  'is empty': fn((list) => list.length === 0, ['list'], ['list']),
  'duplicate values': fn(duplicates, ['list'], ['list']),
  partition: fn(partition, ['list', 'number'], ['list', 'size']),
};
