import { parseArgs } from 'node:util';
import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { numberAt } from './answer-fields.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, readJsonFile, takeNoWord, WrongUseError } from './ledger-command.ts';
import { createProgress } from './progress.ts';
import { adviseOffline, rankOffline, readProfileTexts } from './recommend-offline.ts';
import { printRanking, printRecommendation } from './recommend-report.ts';

const USAGE = `tokenledger recommend [--filter dimension=value]... [--file PROFILE] [--set FIELD=VALUE]... [--details] [--json]
       tokenledger recommend --file PROFILE [--set FIELD=VALUE]... [--at TIME] --offline [--details] [--json]
       tokenledger recommend --task TASK [--self-hosted-only] [--scale SCALE] [--json]
  The first asks the ledger: what was recorded over the last 28 complete days, and what PROFILE and --set say before it.
  --file without --filter, and --offline, need no ledger: prices and facts of this release, at --at or now.
  PROFILE: a JSON object, such as {"users": 100, "queries_per_user_per_day": 20, "privacy_required": false}.
  --details: also why, models and machines, training, scaling, and what the guides would say.
  --task ranks models: general, reasoning, coding, math, creative, instruction, multilingual; SCALE: one of
  catalog list quality. --self-hosted-only: models with open weights.`;

const OPTIONS = {
  filter: { type: 'string', multiple: true },
  file: { type: 'string' },
  set: { type: 'string', multiple: true },
  at: { type: 'string' },
  offline: { type: 'boolean' },
  details: { type: 'boolean' },
  task: { type: 'string' },
  'self-hosted-only': { type: 'boolean' },
  scale: { type: 'string' },
} as const;

const recommendFromLedger = ledgerCommand(
  {
    name: 'recommend',
    summary: 'Recommend API, hybrid or own machines for recorded calls or a profile; rank models for a task',
    usage: USAGE,
    options: OPTIONS,
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    if (flags.at !== undefined || flags.scale !== undefined || flags['self-hosted-only'] === true)
      throw new WrongUseError('--at needs --offline; --scale and --self-hosted-only need --task');
    const profile = await readProfile(flags.file, flags.set ?? []);
    const answer = await measure(api, io, { profile, filter: flags.filter ?? [] });
    if (isJson) io.out(JSON.stringify(answer));
    else printRecommendation(io, answer, flags.details === true);
    return 0;
  },
);

/** `tokenledger recommend`: what to do with a workload, recorded or described in a file, and which models do a task well. */
export const recommendCommand: Command = {
  ...recommendFromLedger,
  run: (args, io) => (isOffline(args) ? runOffline(args, io) : recommendFromLedger.run(args, io)),
};

/** Without the words of a ledger a file or a task is answered from the release. */
function isOffline(args: readonly string[]): boolean {
  const has = (flag: string): boolean => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (has('--help') || args.includes('-h')) return false;
  return has('--offline') || has('--task') || (has('--file') && !has('--filter') && !has('--tenant'));
}

async function runOffline(args: readonly string[], io: CliIo): Promise<number> {
  try {
    const { values: flags, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...OPTIONS, json: { type: 'boolean' } },
    });
    takeNoWord(positionals);
    if (flags.filter !== undefined) throw new WrongUseError('--filter chooses recorded calls: leave --offline out');
    if (flags.task !== undefined) {
      const ranking = rankOffline(flags.task, flags.scale, flags['self-hosted-only'] === true);
      if (flags.json) io.out(JSON.stringify(ranking));
      else printRanking(io, { ...ranking });
      return ranking.models.length > 0 ? 0 : 1;
    }
    if (flags.scale !== undefined || flags['self-hosted-only'] === true)
      throw new WrongUseError('--scale and --self-hosted-only need --task');
    const advice = adviseOffline(await readProfile(flags.file, flags.set ?? []), flags.at, io.now());
    if (flags.json) io.out(JSON.stringify(advice));
    else printRecommendation(io, { ...advice }, flags.details === true);
    return 0;
  } catch (error) {
    return refuse(io, error);
  }
}

async function readProfile(
  path: string | undefined,
  settings: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const typed = readProfileTexts(settings);
  if (path === undefined) return typed;
  const profile = await readJsonFile(path);
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile))
    throw new WrongUseError(`${path}: expected a JSON object`);
  return { ...profile, ...typed };
}

/** Rounds in a row that may end without a further day measured: one day may be too much for a request. */
const MAX_IDLE_ROUNDS = 500;

/** Asks until all days are measured, with a progress bar. */
async function measure(api: ApiClient, io: CliIo, body: unknown): Promise<ApiAnswer> {
  const showProgress = createProgress(io);
  let [done, idleRounds] = [-1, 0];
  for (;;) {
    const answer = await api.ask('POST', '/v1/recommendation', { body });
    if (answer['status'] !== 'measuring') {
      if (done >= 0) showProgress(1, 'all days measured');
      return answer;
    }
    const [now, all] = [numberAt(answer, 'days_done'), numberAt(answer, 'days_in_all')];
    idleRounds = now > done ? 0 : idleRounds + 1;
    if (idleRounds === MAX_IDLE_ROUNDS) throw new WrongUseError('no further day could be measured');
    done = now;
    showProgress(Math.min(0.99, now / all), `${now} of ${all} days measured`);
  }
}

/** Flags that do not exist are told by the parser, in its first sentence. */
function refuse(io: CliIo, error: unknown): number {
  if (!(error instanceof WrongUseError) && !(error instanceof TypeError)) throw error;
  for (const line of (error instanceof WrongUseError ? error.message : (error.message.split('. ')[0] ?? '')).split(
    '\n',
  ))
    io.err(line);
  io.err(`usage: ${USAGE}`);
  return 2;
}
