import { renderForecastAlert } from '../../domain/alerts/alert-forecast-message.ts';
import { findForecastCrossings, findForecastRetreats } from '../../domain/budgets/forecast-thresholds.ts';
import type { PublishPorts } from '../alerts/alert-ports.ts';
import { nameAlert } from '../alerts/name-alert.ts';
import { drawLease, publishHeld } from '../alerts/publish-alerts.ts';
import { collectBudgetFacts, createLineReader, type LineReader } from '../budgets/evaluate-budgets-facts.ts';
import { type ClaimedStep, nameClaim, nameClaims } from '../budgets/name-claims.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import type { RunningBudget } from './list-subjects.ts';
import type { StoredProjection } from './projection-ports.ts';

/** What telling of forecasts takes. */
export interface TellForecastsPorts extends PublishPorts {
  readonly reader: LedgerReader;
  /** Address of the API without a slash at the end, for links; null = not known. */
  readonly apiUrl: string | null;
}

/** Messages of one budget at a time: the parts of a budget may cross together. */
const MESSAGES_AT_ONCE = 10;

/** Tries of one claim: every loss means that another run of the hour claimed the same. */
const MAX_CLAIM_TRIES = 5;

/** What is to be told of one total of a budget. */
interface DueMessage {
  readonly projection: StoredProjection & { readonly amount: bigint };
  readonly status: ClaimedStep['status'];
  readonly thresholdsPercent: readonly number[];
}

/**
 * Tells what the stored projections of a budget mean: one message for each total with all forecast thresholds that it
 * has crossed, and one when the forecast has fallen back from those that were told. Of each threshold of a version,
 * period and part both are told once. Claims are read only where something may have to be told.
 *
 * @returns the messages that this call claimed
 */
export async function tellForecasts(
  ports: TellForecastsPorts,
  tenant: TenantConfig,
  running: RunningBudget,
  projections: readonly StoredProjection[],
  today: string,
): Promise<number> {
  const possible = projections.flatMap(listPossible);
  if (possible.length === 0) return 0;
  const claimed = await readClaims(ports, tenant, running);
  const due = possible.filter((message) => findOpen(running, message, claimed).length > 0);
  const readers = new Map<number, LineReader>();
  for (const { projection } of due) {
    const { commit } = projection;
    if (!readers.has(commit)) readers.set(commit, createLineReader(ports.reader, tenant.tenant, commit));
  }
  let told = 0;
  for (let start = 0; start < due.length; start += MESSAGES_AT_ONCE) {
    const messages = due.slice(start, start + MESSAGES_AT_ONCE);
    const results = await Promise.all(
      messages.map((message) => {
        const { commit } = message.projection;
        const readLines = readers.get(commit) ?? createLineReader(ports.reader, tenant.tenant, commit);
        return claimAndPublish(ports, tenant, running, message, { claimed, readLines, today });
      }),
    );
    told += results.filter((isOurs) => isOurs).length;
  }
  return told;
}

/** What would be told of a projection if nothing of it had been told before, or all had been. */
function listPossible(projection: StoredProjection): readonly DueMessage[] {
  const { amount, standings, spent } = projection;
  if (amount === null) return [];
  const crossed = findForecastCrossings(standings, spent, amount);
  const fallen = findForecastRetreats(standings);
  return [
    { projection: { ...projection, amount }, status: 'firing' as const, thresholdsPercent: crossed },
    { projection: { ...projection, amount }, status: 'resolved' as const, thresholdsPercent: fallen },
  ].filter(({ thresholdsPercent }) => thresholdsPercent.length > 0);
}

/** The thresholds of a message that it is really about: not told before and, for its end, told to hold before. */
function findOpen(
  running: RunningBudget,
  { projection, status, thresholdsPercent }: DueMessage,
  claimed: ReadonlySet<string>,
): readonly number[] {
  const has = (percent: number, step: ClaimedStep['status']): boolean =>
    claimed.has(nameStep(running, projection.part, percent, step));
  return thresholdsPercent.filter(
    (percent) => !has(percent, status) && (status === 'firing' || has(percent, 'firing')),
  );
}

function nameStep(
  { budget, period }: RunningBudget,
  part: string,
  percent: number,
  status: ClaimedStep['status'],
): string {
  return nameClaim({ budget, period: period.name, part }, { basis: 'forecast', percent, status });
}

function readClaims(
  { alerts }: TellForecastsPorts,
  { tenant }: TenantConfig,
  { budget, period }: RunningBudget,
): Promise<ReadonlySet<string>> {
  // Periods sort by time, so this reads the claims of the running one.
  return alerts.claims(tenant, nameClaims(budget), `${nameClaims(budget)}${period.name}`);
}

async function claimAndPublish(
  ports: TellForecastsPorts,
  tenant: TenantConfig,
  running: RunningBudget,
  message: DueMessage,
  known: { readonly claimed: ReadonlySet<string>; readonly readLines: LineReader; readonly today: string },
): Promise<boolean> {
  const { projection, status } = message;
  let { claimed } = known;
  for (let attempt = 1; attempt <= MAX_CLAIM_TRIES; attempt++) {
    const thresholdsPercent = findOpen(running, message, claimed);
    const claims = thresholdsPercent.map((percent) => nameStep(running, projection.part, percent, status));
    const highest = claims.at(-1);
    if (highest === undefined) return false;
    const alertId = nameAlert(tenant.tenant, highest);
    const nowMs = ports.clock();
    const { part, amount, spent, commit } = projection;
    const crossing = { ...running, part, amount, spent, commit, thresholdsPercent, status };
    const about = { alertId, apiUrl: ports.apiUrl, nowMs, today: known.today };
    const facts = collectBudgetFacts(await known.readLines(running.period), tenant, crossing, about);
    const forecast = { projection: projection.projection, runOutDay: projection.runOutDay };
    const { standings, projectedAtMs } = projection;
    const rendered = renderForecastAlert({ ...facts, forecast, standings, asOfMs: projectedAtMs, today: known.today });
    // The lease starts after the message is written, so that all of it is left for publishing.
    const lease = drawLease(ports);
    const held = { alertId, tenant: tenant.tenant, claimedAtMs: nowMs, attempts: 1, lease, message: rendered };
    if ((await ports.alerts.claim(claims, held)) === 'claimed') {
      await publishHeld(ports, held);
      return true;
    }
    claimed = await readClaims(ports, tenant, running);
  }
  return false;
}
