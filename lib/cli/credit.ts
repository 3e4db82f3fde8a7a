import { createHash } from 'node:crypto';
import { textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord, WrongUseError } from './ledger-command.ts';

const DIMENSION_FLAGS = {
  provider: { type: 'string' },
  team: { type: 'string' },
  app: { type: 'string' },
  environment: { type: 'string' },
} as const;

/** `tokenledger credit`: records an amount that a vendor gives back. */
export const creditCommand: Command = ledgerCommand(
  {
    name: 'credit',
    summary: 'Record a credit of a vendor: an amount given back or taken off an invoice',
    usage: `tokenledger credit --amount 25.00 --from 2026-01-01 --to 2026-02-01 --reason TEXT [--id ID] [--json]
                   [--allocation none|proportional] [--provider P] [--team T] [--app A] [--environment E]
                   [--dimension name=value]...
  Lowers cost on the day --from, local to the tenant; list cost stays. The same credit again changes nothing:
  without --id, one of the same words and figures is the same. Take a wrong one back with tokenledger void ID.`,
    options: {
      amount: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      reason: { type: 'string' },
      id: { type: 'string' },
      allocation: { type: 'string' },
      dimension: { type: 'string', multiple: true },
      ...DIMENSION_FLAGS,
    },
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    const { amount, from, to, reason, allocation = 'none' } = flags;
    const content = {
      amount_usd: amount ?? missing('amount'),
      from: from ?? missing('from'),
      to: to ?? missing('to'),
      reason: reason ?? missing('reason'),
      allocation,
      dimensions: readDimensions(flags),
    };
    const id = flags.id ?? nameCredit(content);
    const answer = await api.ask('POST', '/v1/credits', { body: { id, ...content } });
    if (isJson) io.out(JSON.stringify(answer));
    else {
      const what = `credit of $${textAt(answer, 'amount_usd')} on ${textAt(answer, 'day')}`;
      const before = answer['is_void'] === true ? 'was recorded before and is void' : 'was recorded before';
      const isNew = answer['outcome'] === 'recorded';
      io.out(`${id}: ${what} ${isNew ? 'recorded' : `${before}; give --id to record another one like it`}`);
      for (const line of describeCompleteness(answer)) io.out(line);
    }
    return 0;
  },
);

function missing(flag: string): never {
  throw new WrongUseError(`--${flag} is missing`);
}

function readDimensions(
  flags: {
    readonly [Name in keyof typeof DIMENSION_FLAGS]?: string | undefined;
  } & { readonly dimension?: readonly string[] | undefined },
): Record<string, string> {
  const given: [string, string][] = [];
  for (const name of ['provider', 'team', 'app', 'environment'] as const) {
    const value = flags[name];
    if (value !== undefined) given.push([name, value]);
  }
  for (const text of flags.dimension ?? []) {
    const at = text.indexOf('=');
    if (at <= 0) throw new WrongUseError(`--dimension: expected name=value, got ${JSON.stringify(text)}`);
    given.push([text.slice(0, at), text.slice(at + 1)]);
  }
  return Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A command that is run again after a lost answer must not record a second credit, so the id follows from the content. */
function nameCredit(content: object): string {
  return `credit-${createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 24)}`;
}
