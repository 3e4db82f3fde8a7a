import { setTimeout as sleep } from 'node:timers/promises';
import { textAt } from './answer-fields.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, readJsonFile, takeWord, WrongUseError } from './ledger-command.ts';

/** `tokenledger catalog override FILE`: the tenant's own prices. */
export const catalogCommand: Command = ledgerCommand(
  {
    name: 'catalog',
    summary: 'Set own prices from a file',
    usage: `tokenledger catalog override FILE [--no-wait] [--json]
  FILE: {"overrides":[{"model","provider","rates":{"input_tokens":"0.15"},"per":1000000,"replace":true}]}
  Returns when every event sent afterwards is rated with them; --no-wait returns at once.`,
    options: { 'no-wait': { type: 'boolean' } },
  },
  async ({ flags, words: [verb, ...words], isJson, io, api }) => {
    if (verb !== 'override') throw new WrongUseError(`catalog takes override, not ${JSON.stringify(verb ?? '')}`);
    const body = await readJsonFile(takeWord(words, 'FILE'));
    const answer = await api.ask('POST', '/v1/catalog/overrides', { body });
    if (!flags['no-wait']) await waitUntil(io, Date.parse(textAt(answer, 'writers_current_at')));
    if (isJson) io.out(JSON.stringify(answer));
    else io.out(`${textAt(answer, 'outcome')}: overrides are at version ${textAt(answer, 'version')}`);
    return 0;
  },
);

async function waitUntil(io: CliIo, timeMs: number): Promise<void> {
  const waitMs = timeMs - io.now();
  if (waitMs > 0) await sleep(waitMs);
}
