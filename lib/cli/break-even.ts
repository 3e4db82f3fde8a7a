import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { numberAt } from './answer-fields.ts';
import { printBreakEven } from './break-even-report.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, readJsonFile, takeNoWord, WrongUseError } from './ledger-command.ts';
import { createProgress } from './progress.ts';

/** `tokenledger break-even`: recorded or typed calls against self-hosting. */
export const breakEvenCommand: Command = ledgerCommand(
  {
    name: 'break-even',
    summary: 'Compare recorded or typed calls with self-hosting every model that fits, best first',
    usage: `tokenledger break-even [--from DAY] [--to DAY] [--filter dimension=value]... [--target MODEL]
                              [--hardware ID] [--set NAME=VALUE]... [--limit N] [--json]
       tokenledger break-even --profile FILE [--target MODEL] [--hardware ID] [--set NAME=VALUE]... [--limit N] [--json]
  Without days: the last 28 complete ones. MODEL and ID: as catalog list models and catalog list hardware show them.
  --set: how it would be run and judged, such as rho=0.6, min_replicas=1, spare_replicas=1, ops_base_usd=2000,
  one_time_usd=20000, growth_monthly=0.05, reserved_discount=0.3, quality_scale="MMLU %" with q_min=75.
  FILE: JSON with requests_per_month, input_tokens, output_tokens and input_usd with output_usd (per 1M tokens) or
  api_monthly_usd.`,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      filter: { type: 'string', multiple: true },
      target: { type: 'string' },
      hardware: { type: 'string' },
      set: { type: 'string', multiple: true },
      profile: { type: 'string' },
      limit: { type: 'string' },
    },
  },
  async ({ words, flags, isJson, io, api }) => {
    takeNoWord(words);
    const { from, to, filter, target, hardware, profile, limit } = flags;
    const policy = readSettings(flags.set ?? []);
    if (profile !== undefined && [from, to, filter].some((flag) => flag !== undefined))
      throw new WrongUseError('--from, --to and --filter choose recorded calls; --profile brings its own');
    const answer =
      profile === undefined
        ? await measure(api, io, { from, to, filter, target_model: target, hardware, limit, ...policy })
        : await api.ask('POST', '/v1/break-even', {
            body: await readProfile(profile, { target_model: target, hardware, limit }, policy),
          });
    if (isJson) io.out(JSON.stringify(answer));
    else printBreakEven(io, answer);
    return 0;
  },
);

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Rounds in a row that may end without a further day measured: one day may be too much for a request. */
const MAX_IDLE_ROUNDS = 500;

/** Asks until all days are measured, with a progress bar. */
async function measure(api: ApiClient, io: CliIo, query: Query): Promise<ApiAnswer> {
  const showProgress = createProgress(io);
  let [done, idleRounds] = [-1, 0];
  for (;;) {
    const answer = await api.ask('GET', '/v1/break-even', { query });
    if (answer['status'] !== 'measuring') {
      if (done >= 0) showProgress(1, 'all days measured');
      return answer;
    }
    const [now, all] = [numberAt(answer, 'days_done'), numberAt(answer, 'days_in_all')];
    idleRounds = now > done ? 0 : idleRounds + 1;
    if (idleRounds === MAX_IDLE_ROUNDS) throw new WrongUseError('no further day could be measured; ask for fewer days');
    done = now;
    showProgress(Math.min(0.99, now / all), `${now} of ${all} days measured`);
  }
}

function readSettings(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at <= 0) throw new WrongUseError(`--set: expected NAME=VALUE, got ${JSON.stringify(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function readProfile(
  path: string,
  choice: Readonly<Record<string, string | undefined>>,
  policy: Readonly<Record<string, string>>,
): Promise<unknown> {
  const profile = await readJsonFile(path);
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile))
    throw new WrongUseError(`${path}: expected a JSON object`);
  const { policy: own = {}, ...fields } = profile as { readonly policy?: object };
  const { limit, ...names } = choice;
  const chosen = Object.entries(names).filter(([, value]) => value !== undefined);
  return {
    ...fields,
    ...Object.fromEntries(chosen),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    policy: { ...own, ...Object.fromEntries(Object.entries(policy).map(([name, text]) => [name, toValue(text)])) },
  };
}

/** Numbers as numbers: a body has types, where parameters have text. */
function toValue(text: string): number | string {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? value : text;
}
