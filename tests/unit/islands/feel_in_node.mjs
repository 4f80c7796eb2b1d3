// Evaluates the expressions of its first argument with the library that the pages use; prints the results.
const [, , library, cases] = process.argv;
const { evaluate, passes, names, decimalText } = await import(library);

const results = JSON.parse(cases).map(([expression, variables]) => {
  try {
    return evaluate(expression, variables);
  } catch (error) {
    return `${error.kind}: ${error.message}`;
  }
});

console.log(JSON.stringify({
  results,
  passed: passes('>= limit', 60, { limit: 60 }),
  names: names('a + b.c'),
  exact: decimalText('1 / 3', {}),
}));
