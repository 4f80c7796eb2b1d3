// Numbers are exact decimals: 34 digits, half even, as IEEE 754 decimal128 and the DMN standard have it.
import { Decimal as Base } from 'decimal.js';

export const Decimal = Base.clone({
  precision: 34, rounding: Base.ROUND_HALF_EVEN, modulo: Base.ROUND_FLOOR,
  toExpNeg: -6200, toExpPos: 6200, minE: -6176, maxE: 6144,
});

export const ZERO = new Decimal(0);
export const ONE = new Decimal(1);
/** The left side of a unary minus: told from an ordinary zero, so that `-duration("P1D")` is possible. */
export const NEGATION = new Decimal(0);

export const isDecimal = (value) => value instanceof Decimal;

/** A decimal of a literal, a plain number or a decimal, rounded to 34 digits. */
export const dec = (value) => (isDecimal(value) ? value : new Decimal(value).toSignificantDigits(34));

/** A decimal, or null for what is no quantity (overflow, 0/0). */
export const finite = (value) => (isDecimal(value) && !value.isFinite() ? null : value);

/** A whole number for JavaScript's own use (positions, counts). Throws when it is none. */
export function int(value) {
  const number = isDecimal(value) ? value : new Decimal(value);
  if (!number.isInteger() || number.abs().gt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`${number} is no whole number`);
  return number.toNumber();
}

/** The element of a list at a 1-based position, negative from the end; null outside. */
export function at(list, position) {
  if (!position.isInteger()) return null;
  const index = position.toNumber();
  const value = list[index < 0 ? list.length + index : index - 1];
  return value === undefined ? null : value;
}

/** Plain notation; for the very large and the very small exponent notation, so that no text explodes. */
export function numberText(number) {
  if (number.isZero()) return '0';
  return number.e > 60 || number.e < -60 ? number.toExponential() : number.toFixed();
}
