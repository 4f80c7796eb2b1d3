// Amounts in the capitals of Chinese cheques: 300000 is 叁拾万元整.
import { invalidArguments } from '../.build/feelin.js';

const DIGITS = '零壹贰叁肆伍陆柒捌玖';
const UNITS = ['', '拾', '佰', '仟'];
const GROUPS = ['', '万', '亿'];

/** Four digits; a run of zeros inside is one 零, those at the end are silent. */
function group(digits) {
  let text = '';
  let zero = false;
  digits.forEach((digit, index) => {
    if (digit === 0) {
      zero = true;
      return;
    }
    text += (zero && text ? '零' : '') + DIGITS[digit] + UNITS[digits.length - 1 - index];
    zero = false;
  });
  return text;
}

function whole(text) {
  let result = '';
  let gap = false;
  const count = Math.ceil(text.length / 4);
  for (let i = 0; i < count; i++) {
    const end = text.length - 4 * (count - 1 - i);
    const part = text.slice(Math.max(0, end - 4), end);
    const words = group([...part].map(Number));
    // a whole group of zeros, or one that begins with zero, needs its 零 once
    if (words && result && (gap || part.startsWith('0'))) result += '零';
    if (words) result += words + GROUPS[count - 1 - i];
    gap = !words;
  }
  return result;
}

/** Yuan, jiao and fen; at most two decimal places, below 10^12. */
export function capitals(amount) {
  const text = amount.abs().toFixed(2);
  if (!amount.eq(amount.toDecimalPlaces(2)) || text.length > 15) {
    return invalidArguments('amount in capitals(amount) expects yuan with at most two decimal places, got {amount}', { amount });
  }
  const [yuan, cents] = text.split('.');
  const [jiao, fen] = [...cents].map(Number);
  const words = whole(yuan);
  if (!words && !jiao && !fen) return '零元整';
  let result = words ? `${words}元` : '';
  if (!jiao && !fen) return sign(amount) + result + '整';
  if (jiao) result += (words && yuan.endsWith('0') ? '零' : '') + `${DIGITS[jiao]}角`;
  else if (words) result += '零';
  result += fen ? `${DIGITS[fen]}分` : '整';
  return sign(amount) + result;
}

const sign = (amount) => (amount.isNegative() ? '负' : '');
