import type { Calculator } from '../../lib/domain/calculators/calculator.ts';
import { describeInputs } from '../../lib/domain/inputs/inputs.ts';

const HEAD = `# Calculators

Functions of break-even, cost, saving and advice over figures that you type in. They need no ledger and store nothing:

\`\`\`sh
echo '{"id":1,"fn":"breakeven_requests","inputs":{"self_fixed":2700,"api_fixed":500,"api_unit":0.014}}' | tokenledger calc
curl -sS "$TOKENLEDGER_URL/v1/estimates" -H "Authorization: Bearer $TOKENLEDGER_KEY" \\
  -d '{"fn":"breakeven_requests","inputs":{"self_fixed":2700,"api_fixed":500,"api_unit":0.014}}'
\`\`\`

Both answer \`{"result": {"requests_per_month": 157142.85...}}\`, the first with the \`id\` of the line, the second with the \`fn\`.
\`POST /v1/estimates\` also takes a list of up to 100 and answers in its order, or names what is wrong and answers none.

- Results are model figures: JSON numbers, unrounded, and never ledger money. \`null\` says that a result does not exist: never,
  not reachable, or a share of nothing.
- Fields that end in \`_pct\` are shares: 0.25 is 25 %. Prices of tokens are USD per 1M tokens. A month has 730 hours unless its
  days are an input.
- An input that is missing, of the wrong type or out of bounds is an error that names the field and what it takes, all of them
  at once. An input with "else" may be left out. An input that a function does not know is named in \`ignored\`.
- Sums that a source guide has wrong are computed right; where somebody may look for the guide's own figure, it is a function or
  a field named \`legacy\`.
- A number is at least 0 unless its bounds follow its unit; a list holds at most 100,000 elements. What is wrong, and what is
  \`ignored\`, is named up to a hundred times.
- A tie in decimals is a tie: 1.8 fits 0.6 of 3, though their binary fractions differ in the last digit.

This page is written by the test that holds it to the code (\`npx vitest run test/unit/domain/calculators/page.test.ts --update\`).
Sources: METHODS is the project's collection of formulas, S0 to S4 are the guides it draws on.

`;

/** The page of calculators, a row for each. */
export function renderCalculatorsPage(calculators: readonly Calculator[]): string {
  const rows = calculators.map(({ name, summary, inputs, result, source }) => {
    const results = Object.entries(result).map(([field, says]) => `\`${field}\` (${says})`);
    const cells = [`\`${name}\`: ${summary}`, describeInputs(inputs), results.join(', '), source];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `${HEAD}| Function | Inputs, with units | Result | Source |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}
