import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { numberAt } from './answer-fields.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord, WrongUseError } from './ledger-command.ts';
import { createProgress } from './progress.ts';
import { readChangeFlags } from './what-if-changes.ts';
import { joinWhatIf } from './what-if-join.ts';
import { printWhatIf, toAdviceJson } from './what-if-print.ts';

/** `tokenledger what-if`: what recorded calls would have cost under changes. */
export const whatIfCommand: Command = ledgerCommand(
  {
    name: 'what-if',
    summary:
      'Show what recorded calls would have cost under another model, tier, cache, shorter prompts or own machines',
    usage: `tokenledger what-if [--from TIME] [--to TIME] [--filter dimension=value]... [--group-by a,b,c] [--json]
                    [--model M] [--provider P] [--route simple=M]... [--batch | --tier T]
                    [--response-cache SHARE] [--self-hosted USD[:SHARE]] [--trim system=SHARE]... [--lazy-tools SHARE]
                    [--compress SHARE:TIMES] [--cache-share SHARE] [--assume-part history=SHARE]...
                    [--file changes.json] [--audit]
  TIME: 2026-01-29 (local to the tenant), 2026-01, or 2026-01-29T18:00:00Z; --from is included, --to is not.
  Without times: the running month. Shares are from 0 to 1. Changes combine, in whatever order they are given.
  --route simple=M    calls of that complexity to M (or PROVIDER/M); simple:0.6=M also 60 % of those that told none;
                      0.6=M 60 % of all calls; rest=M what the other routes did not take, so that
                      --route simple=SMALL --route rest=LARGE moves every call
  --response-cache    share of calls answered from a cache of responses
  --self-hosted       calls leave the bill for machines of so much a month, or for a registered capacity by its name
  --trim, --compress  shorter parts of prompts: system=0.2 leaves a fifth out, 0.7:10 makes 70 % ten times shorter
  --lazy-tools        share of calls that need their tools; the others send none
  --assume-part       share of prompts, for calls that did not tell the parts of theirs
  --file              a list of changes, or an object with "changes", as the API takes them; docs/what-if.md
  --audit             also what the parts of prompts cost, and which prefixes should be cached`,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      filter: { type: 'string', multiple: true },
      'group-by': { type: 'string' },
      model: { type: 'string' },
      provider: { type: 'string' },
      route: { type: 'string', multiple: true },
      batch: { type: 'boolean' },
      tier: { type: 'string' },
      'response-cache': { type: 'string' },
      'self-hosted': { type: 'string' },
      trim: { type: 'string', multiple: true },
      'lazy-tools': { type: 'string' },
      compress: { type: 'string' },
      'cache-share': { type: 'string' },
      'assume-part': { type: 'string', multiple: true },
      file: { type: 'string' },
      audit: { type: 'boolean' },
    },
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    const asked = await readChangeFlags(flags);
    if (asked.changes.length === 0 && !flags.audit && asked['audit'] !== true) {
      throw new WrongUseError('nothing is changed: give a change such as --model, or --audit');
    }
    const dimensions = readDimensions(flags['group-by'], asked['group_by']);
    const body = {
      ...asked,
      ...(flags.from === undefined ? {} : { from: flags.from }),
      ...(flags.to === undefined ? {} : { to: flags.to }),
      ...(flags.filter === undefined ? {} : { filter: flags.filter }),
      group_by: dimensions,
      ...(flags.audit ? { audit: true } : {}),
    };
    const joined = joinWhatIf(await readParts(api, io, body), dimensions);
    if (isJson) {
      const advice = joined.advice?.map(toAdviceJson) ?? null;
      io.out(JSON.stringify({ ...joined.answer, advice }));
    } else printWhatIf(io, joined, asked.changes, dimensions);
    return 0;
  },
);

/** By what rows are told apart: as the flag says, else as the file does, else by model. */
function readDimensions(flag: string | undefined, inFile: unknown): readonly string[] {
  if (flag !== undefined) return flag === '' ? [] : flag.split(',');
  return Array.isArray(inFile) ? inFile.map(String) : ['model'];
}

async function readParts(
  api: ApiClient,
  io: CliIo,
  question: Readonly<Record<string, unknown>>,
): Promise<readonly ApiAnswer[]> {
  const showProgress = createProgress(io);
  const parts: ApiAnswer[] = [];
  let cursor: string | undefined;
  do {
    const body = cursor === undefined ? question : { ...question, cursor };
    const part = await api.ask('POST', '/v1/what-if', { body });
    parts.push(part);
    cursor = typeof part['next'] === 'string' ? part['next'] : undefined;
    // Only the part without a next one is the end, however close to it another says that it is.
    const ratio = numberAt(part, 'progress_ratio');
    showProgress(cursor === undefined ? 1 : Math.min(ratio, 0.99), `${Math.round(ratio * 100)} % of the calls played`);
  } while (cursor !== undefined);
  return parts;
}
