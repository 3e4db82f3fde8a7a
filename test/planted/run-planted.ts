/**
 * Shows that the tests would notice: plants one deliberate bug after the other into a copy of the project and expects a
 * proof suite to fail. See docs/planted-bugs.md.
 *
 * `npm run planted [-- --only PART_OF_NAME] [--suite NAME] [--seed N] [--json]`; exit 1 when a bug survives, is seen by
 * the type check or the linter, or no longer applies, and when a suite fails without any bug.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isSuite, SUITE_NAMES, type SuiteName } from './proof-suites.ts';
import { proveBug, type Verdict } from './prove-bug.ts';
import { type PlantedBug, readPatches } from './read-patches.ts';
import { renderLine, renderSummary } from './render-verdicts.ts';
import { Workshop } from './workshop.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    suite: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

const tell = (text: string): void => void process.stderr.write(`${text}\n`);

const suites = values.suite.filter(isSuite);
if (suites.length < values.suite.length) {
  tell(`--suite expects one of ${SUITE_NAMES.join(', ')}`);
  process.exit(2);
}
const bugs = readPatches().filter(
  ({ name }) => values.only.length === 0 || values.only.some((part) => name.includes(part)),
);
if (bugs.length === 0) {
  tell('no planted bug has such a name');
  process.exit(2);
}
const workshop = await Workshop.open(join(import.meta.dirname, '..', '..'), Number(values.seed));
try {
  await checkHealth(workshop, bugs, suites);
  const verdicts: Verdict[] = [];
  for (const [index, bug] of bugs.entries()) {
    const verdict = await proveBug(workshop, bug, suites);
    verdicts.push(verdict);
    tell(`[${index + 1}/${bugs.length}] ${renderLine(verdict)}`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), verdicts })}\n`);
  else process.stdout.write(renderSummary(verdicts));
  process.exitCode = verdicts.every(({ state }) => state === 'caught') ? 0 : 1;
} finally {
  await workshop.close();
}

/** A suite that fails without a bug would catch everything. */
async function checkHealth(workshop: Workshop, bugs: readonly PlantedBug[], only: readonly SuiteName[]): Promise<void> {
  const needed = new Set(bugs.flatMap(({ proof }) => proof));
  for (const suite of [...needed].filter((each) => only.length === 0 || only.includes(each))) {
    const end = await workshop.prove(suite);
    tell(`without a bug: ${suite} ${end.state} in ${end.seconds.toFixed(1)} s`);
    if (end.state === 'failed' || end.state === 'broken') {
      await workshop.close();
      tell(`${suite} must pass before anything is planted: ${end.test}`);
      process.exit(1);
    }
  }
}
