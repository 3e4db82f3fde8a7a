import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAnswer, type ApiClient, LedgerUnreachableError } from '../client/api-client.ts';
import { numberAt, textAt } from './answer-fields.ts';
import type { CliIo } from './io.ts';
import { createProgress } from './progress.ts';

/** Tries in a row that a ledger out of reach is asked again; the order goes on without us anyway. */
const MAX_TRIES = 5;

const PAUSE_MS = 1_000;

/**
 * Has a correction order carried out to its end, with a progress bar. Whatever interrupts this, the
 * ledger finishes the order by itself.
 *
 * @returns the order when it was done
 * @throws {@link LedgerUnreachableError} when the ledger stays out of reach
 */
export async function carryOutOrder(api: ApiClient, io: CliIo, number: number): Promise<ApiAnswer> {
  const showProgress = createProgress(io);
  for (let tries = 0; ; ) {
    try {
      const order = await api.ask('POST', `/v1/corrections/${number}/run`);
      tries = 0;
      const note = `order ${number}: ${numberAt(order, 'examined')} entries examined, ${numberAt(order, 'corrected')} corrected`;
      showProgress(numberAt(order, 'progress_ratio'), note);
      if (order['state'] === 'done') return order;
    } catch (cause) {
      tries += 1;
      if (!(cause instanceof LedgerUnreachableError) || tries === MAX_TRIES) throw cause;
      await sleep(PAUSE_MS);
    }
  }
}

/** What an order has changed, in words. */
export function describeOrder(order: ApiAnswer): string {
  const corrected = numberAt(order, 'corrected');
  const entries = corrected === 1 ? 'entry' : 'entries';
  return `order ${textAt(order, 'number')}: ${corrected} ${entries} corrected, cost changed by ${signed(textAt(order, 'cost_difference_usd'))} USD`;
}

/** An amount with its sign, also above zero. */
export function signed(usd: string): string {
  return usd.startsWith('-') || /^[0.]*$/.test(usd) ? usd : `+${usd}`;
}
