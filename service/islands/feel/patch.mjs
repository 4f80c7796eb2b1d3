// Writes .build/feelin.js: feelin with exact decimals, strictness and a way to compile once.
//
// feelin answers null where a procedure must stop, counts in doubles and parses on every call, and
// offers no hook for either. So the build rewrites the places named here. Every replacement must hit
// exactly once, and the source must be the very file that was read when this was written: a new
// version of feelin fails the build until somebody has looked.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCE = join(HERE, '../node_modules/feelin/dist/index.js');
const PINNED = '82aed1ce7e2cf39768a472b82d94c0e094247abd67fcef98da5665ebf3cde62e';

class Patch {
  constructor(text) {
    this.text = text;
  }

  swap(old, fresh) {
    const hits = this.text.split(old).length - 1;
    if (hits !== 1) throw new Error(`feelin patch: ${hits} places instead of one for: ${old.slice(0, 90)}`);
    this.text = this.text.replace(old, () => fresh);
  }

  /** Replaces a top-level function by an import of the same name. */
  dropFunction(name) {
    const start = this.text.indexOf(`\nfunction ${name}(`);
    const end = this.text.indexOf('\n}\n', start);
    if (start < 0 || end < 0) throw new Error(`feelin patch: no function ${name}`);
    this.text = this.text.slice(0, start + 1) + this.text.slice(end + 3);
  }

}

export function patchFeelin() {
  const source = readFileSync(SOURCE, 'utf8');
  const hash = createHash('sha256').update(source).digest('hex');
  if (hash !== PINNED) throw new Error(`feelin is another file than the one this patch was written for: ${hash}`);
  const p = new Patch(source.replace(/\/\/# sourceMappingURL.*\n?$/, ''));

  imports(p);
  numbers(p);
  temporals(p);
  comparisons(p);
  functions(p);
  escapes(p);
  interpreter(p);
  lean(p);

  const target = join(HERE, '../.build/feelin.js');
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, p.text);
}

function imports(p) {
  p.swap("import { has as has$1 } from 'min-dash';", `import { has as has$1 } from 'min-dash';
import { Decimal, NEGATION, ZERO, at, dec, finite, int } from '../feel/numbers.js';
import { ZONE_OFFSET, currentTime } from '../feel/moment.js';
import { plainYear } from '../feel/years.js';
import { parseDate, parseDateTime } from '../feel/parsing.js';
import {
    getFromContext, isNumber, matches, cmp, durationEquals, numberRangeMap, rangeIncludes, subtractTemporals, now, today,
} from '../feel/semantics.js';
import { Part, SourceNode, compileCases } from '../feel/interpret.js';
import { run } from '../feel/run.js';`);
  p.swap('export { FeelDate, FeelDateTime', `function compile(top, expression, names, dialect) {
    const interpreterContext = new InterpreterContext();
    const build = top === 'unary' ? 'unaryTest' : 'evaluate';
    return interpreter[build](expression, names, dialect, interpreterContext);
}
export {
    builtins, fn, listFn, invalidArguments, isInvocationFailure, wrapFunction, compile, equals, compareValue, getType,
    isContext, isNil, toString, toComparable, createRange, normalizeContextKey, isDate, isTime, isDateTime, isDuration,
    isZoned, zonedDateTime, toPlainDateTime, parseParameterNames, createRegexp, dateFrom, timeFrom, dateOf, timeOf, combine,
    rangeIncludesRange, afterStart, beforeEnd, REFERENCE_DATE, getBuiltin, createArgsValidator, extractValue, isArray,
    compareIn, isRange as isFeelRange, normalizeTypeName, matchesType, isValidZone, splitZone,
};
export { FeelDate, FeelDateTime`);
  for (const name of ['getFromContext', 'isNumber', 'matches', 'cmp', 'durationEquals', 'numberRangeMap', 'rangeIncludes',
    'subtractTemporals', 'now', 'today', 'parseDate', 'parseDateTime']) p.dropFunction(name);
}

function numbers(p) {
  p.swap("template: `Can't ${opName} {right} to {left}`", "template: `Can't ${opName} {left} and {right}`");
  p.swap("const value = node.input.includes('.') ? parseFloat(node.input) : parseInt(node.input);", 'const value = dec(node.input);');
  p.swap("return a + b;\n                }, 'add'", "return typeof a === 'string' ? a + b : a.plus(b);\n                }, 'add'");
  p.swap('return a - b;\n', 'return a.minus(b);\n');
  p.swap('nullable((a, b) => a * b,', 'nullable((a, b) => a.times(b),');
  p.swap('nullable((a, b) => !b ? null : a / b,', 'nullable((a, b) => b.isZero() ? null : a.div(b),');
  p.swap('nullable((a, b) => Math.pow(a, b),', 'nullable((a, b) => a.pow(b),');
  p.swap('return op(context)(() => 0, value);', 'return op(context)(() => NEGATION, value);');
  p.swap('return op(left, right);\n            };', `const result = finite(op(left, right));
                if (result === null) invalidType(opName, left, right);
                return result;
            };`);
  p.swap('const leftType = getType(left);\n', `const scaled = scaleDuration(opName, left, right);
                if (scaled !== undefined) {
                    if (scaled === null) invalidType(opName, left, right);
                    return scaled;
                }
                const leftType = getType(left);
`);
  p.swap("import { Part, SourceNode, compileCases } from '../feel/interpret.js';", `import { Part, SourceNode, compileCases } from '../feel/interpret.js';
import { scaleDuration } from '../feel/durations.js';`);
  p.swap('    if (a == b) {', "    if (aType === 'number' ? a.eq(b) : a == b) {");
  // a list of one is its element beside what is no list, and nowhere else
  p.swap(`    if (isArray(a) && a.length < 2) {
        a = a[0];
    }
    if (isArray(b) && b.length < 2) {
        b = b[0];
    }
`, `    if (isArray(a) !== isArray(b)) {
        if (isArray(a) && a.length === 1) a = a[0];
        if (isArray(b) && b.length === 1) b = b[0];
    }
`);
  p.swap("        if (type === 'date' || type === 'time' || type === 'date time') {\n            return `${type}|",
    "        if (type === 'number') {\n            return `number|${e}`;\n        }\n        if (type === 'date' || type === 'time' || type === 'date time') {\n            return `${type}|");
  p.swap('...list.slice(0, matcher - 1), newItem, ...list.slice(matcher)', '...list.slice(0, int(matcher) - 1), newItem, ...list.slice(int(matcher))');
}

function temporals(p) {
  p.swap('        this.iso = this.value.toString();\n', '        this.iso = plainYear(this.value.toString());\n');
  p.swap("class FeelDateTime {\n    constructor(value, zone = null) {\n        this.value = value;\n        this.zone = zone;\n        this.iso = this.value.toString()",
    "class FeelDateTime {\n    constructor(value, zone = null) {\n        this.value = value;\n        this.zone = zone;\n        this.iso = plainYear(this.value.toString())");
  // offsets are those that XML Schema has: up to 14 hours, and one zero
  p.swap("            zone: offsetMatch[0]\n", "            zone: offsetMatch[0] === '-00:00' ? '+00:00' : offsetMatch[0]\n");
  p.swap('function isValidZone(zone) {\n', "function isValidZone(zone) {\n    if (zone !== null && Math.abs(fixedOffsetSeconds(zone) || 0) > 14 * 3600) return false;\n");
  // months and days are two types of duration, so no text is both
  p.swap(String.raw`/^-?P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/`,
    String.raw`/^-?P(?:(?=\d)(?:\d+Y)?(?:\d+M)?|(?=\d|T\d)(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?)$/`);
  p.swap('Temporal.PlainDate.from({ year, month, day }', 'Temporal.PlainDate.from({ year: int(year), month: int(month), day: int(day) }');
  p.swap("Temporal.PlainTime.from({ hour, minute, second }, { overflow: 'reject' })",
    "Temporal.PlainTime.from({ hour: int(hour), minute: int(minute), ...secondParts(second) }, { overflow: 'reject' })");
  p.swap("import { scaleDuration } from '../feel/durations.js';", "import { scaleDuration, secondParts } from '../feel/durations.js';");
  p.swap("const zone = (_a = value.zone) !== null && _a !== void 0 ? _a : 'UTC';", 'const zone = (_a = value.zone) !== null && _a !== void 0 ? _a : ZONE_OFFSET;');
}

function comparisons(p) {
  p.swap('                        if (isArray(test)) {\n                            return test.includes(value);',
    '                        if (isArray(test)) {\n                            return test.some(item => equals(item, value) === true);');
  p.swap('                        return compareValue(test, value);\n                    }).some', `                        const result = compareValue(test, value);
                        if (result === null && value !== null) {
                            interpreterContext.addWarning(node, 'INVALID_TYPE', {
                                template: "Can't compare {value} to {test}", values: { value, test }
                            });
                        }
                        return result;
                    }).some`);
  // a range of dates can be counted through
  p.swap("    throw new Error('unsupported range operation: map');", `    if (valueType === 'date' && start !== null && end !== null) {
        const days = start.value.until(end.value).days;
        const step = days < 0 ? -1 : 1;
        const from = range['start included'] ? 0 : 1;
        const count = Math.abs(days) + (range['end included'] ? 1 : 0) - from;
        return Array.from({ length: Math.max(0, count) }, (_, i) => fn(new FeelDate(start.value.add({ days: step * (from + i) }))));
    }
    throw new Error('unsupported range operation: map');`);
}

/** Escapes as DMN has them: \\u and four digits, \\U and six; nothing beyond the last character. */
function escapes(p) {
  p.swap(String.raw`/(\\")|(\\\\)|(\\n)|(\\r)|(\\t)|(\\u[a-fA-F0-9]{5,6})|((?:\\u[a-fA-F0-9]{1,4})+)/ig`,
    String.raw`/(\\["'])|(\\\\)|(\\n)|(\\r)|(\\t)|(\\U(?:0[a-fA-F0-9]|10)[a-fA-F0-9]{4})|((?:\\u[a-fA-F0-9]{4})+)/g`);
  p.swap(`        if (quotes) {
            return '"';`, `        if (quotes) {
            return quotes[1];`);
}

function functions(p) {
  // positions and counts are plain numbers inside the library's own functions, decimals outside
  p.swap(`        if (!convertedArgs) {
            return null;
        }
        return fnDefinition(...convertedArgs);`, `        if (!convertedArgs) {
            return invalidArguments('Wrong arguments for ' + parameterNames.join(', '));
        }
        return outward(fnDefinition(...convertedArgs.map((value, i) => counted[i] ? inward(value) : value)));`);
  p.swap('    const checkArgs = createArgsValidator(argDefinitions);', `    const checkArgs = createArgsValidator(argDefinitions);
    const counted = argDefinitions.map(definition => definition.startsWith('number'));`);
  p.swap(`        if (!args.every(arg => tester(arg) !== FALSE)) {
            return null;
        }
        return fnDefinition(...args);`, `        if (!args.every(arg => tester(arg) !== FALSE)) {
            return invalidArguments('Wrong arguments for ' + wrappedFn.$args.join(', '));
        }
        return fnDefinition(...args);`);
  p.swap('function sum(list) {', `const inward = (value) => value instanceof Decimal ? value.toNumber() : value;
const outward = (value) => typeof value === 'number' ? dec(value) : value;
function sum(list) {`);
}

/** A node and its closure are kept for every piece of every cached expression, so they are kept small. */
function lean(p) {
  p.swap(`                    node: {
                        name,
                        // materialize the node text only when actually inspected
                        // (operator dispatch, literals, error messages)
                        get input() {
                            return input.slice(from, to);
                        },
                        position: {
                            from,
                            to
                        }
                    }
`, '                    node: new SourceNode(name, input, from, to)\n');
  p.swap(`    return Object.assign(fn, {
        type,
        toString() {
            return \`TaggedFunction[\${type}] \${Function.prototype.toString.call(fn)}\`;
        }
    });`, '    fn.type = type;\n    return fn;');
}

function interpreter(p) {
  p.swap(`        this.warnings.push({
            type,
            message: formatDetails(details.template, details.values),
            details,
            position: node.position
        });`, '        run.warnings.push({ type, node, message: formatDetails(details.template, details.values) });');
  p.swap('    switch (node.name) {', `    const own = compileCases[node.name];
    if (own) {
        return own(new Part(node, args, interpreterContext));
    }
    switch (node.name) {`);
}
