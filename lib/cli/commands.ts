import { alertsCommand } from './alerts.ts';
import { anomaliesCommand } from './anomalies.ts';
import { auditCommand } from './audit.ts';
import { breakEvenCommand } from './break-even.ts';
import { budgetsCommand } from './budgets.ts';
import { calcCommand } from './calc.ts';
import { capacitiesCommand } from './capacities.ts';
import { catalogCommand } from './catalog.ts';
import { correctionsCommand } from './corrections.ts';
import { creditCommand } from './credit.ts';
import { deadLettersCommand } from './dead-letters.ts';
import { entriesCommand } from './entries.ts';
import { explainCommand } from './explain.ts';
import { forecastCommand } from './forecast.ts';
import { importCommand } from './import.ts';
import type { CliIo, Command } from './io.ts';
import { keysCommand } from './keys.ts';
import { measureCommand } from './measure.ts';
import { migrateCommand } from './migrate.ts';
import { performanceCommand } from './performance.ts';
import { planCommand } from './plan.ts';
import { projectCommand } from './project.ts';
import { rateCommand } from './rate.ts';
import { rebuildCommand } from './rebuild.ts';
import { recommendCommand } from './recommend.ts';
import { recordsCommand } from './records.ts';
import { redriveCommand } from './redrive.ts';
import { rejectsCommand } from './rejects.ts';
import { repriceCommand } from './reprice.ts';
import { rulesCommand } from './rules.ts';
import { spendCommand } from './spend.ts';
import { statusCommand } from './status.ts';
import { tenantsCommand } from './tenants.ts';
import { voidCommand } from './void.ts';
import { whatIfCommand } from './what-if.ts';

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  importCommand,
  spendCommand,
  performanceCommand,
  forecastCommand,
  recommendCommand,
  planCommand,
  breakEvenCommand,
  whatIfCommand,
  anomaliesCommand,
  entriesCommand,
  explainCommand,
  rejectsCommand,
  redriveCommand,
  deadLettersCommand,
  statusCommand,
  auditCommand,
  rebuildCommand,
  budgetsCommand,
  alertsCommand,
  rulesCommand,
  migrateCommand,
  catalogCommand,
  capacitiesCommand,
  repriceCommand,
  voidCommand,
  creditCommand,
  correctionsCommand,
  keysCommand,
  tenantsCommand,
  recordsCommand,
  rateCommand,
  calcCommand,
  projectCommand,
  measureCommand,
];

/**
 * Runs one command line.
 * @returns exit code: 0 done, 1 done and something is wrong, 2 wrong use, 3 ledger not reachable
 */
export async function runCommandLine(args: readonly string[], io: CliIo): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    for (const line of listCommands()) io.out(line);
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((known) => known.name === name);
  if (command) return isHelpOnly(rest) ? printUsage(command, io) : command.run(rest, io);
  io.err(`no command ${JSON.stringify(name)}; known are ${COMMANDS.map((known) => known.name).join(', ')}`);
  return 2;
}

function isHelpOnly(args: readonly string[]): boolean {
  return args.length === 1 && (args[0] === '--help' || args[0] === '-h');
}

function printUsage({ summary, usage }: Command, io: CliIo): number {
  for (const line of [summary, '', ...usage.split('\n')]) io.out(line);
  return 0;
}

function listCommands(): readonly string[] {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    'tokenledger COMMAND [options]',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'tokenledger COMMAND --help shows how each is used. rate, calc, project and measure need no ledger; the others ask the',
    'one at TOKENLEDGER_URL (http://127.0.0.1:8080) with the key in TOKENLEDGER_KEY.',
    'Exit codes: 0 done, 1 done and something is wrong, 2 wrong use, 3 ledger not reachable.',
  ];
}
