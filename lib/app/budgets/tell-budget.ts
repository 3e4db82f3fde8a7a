import type { BudgetAlertFacts } from '../../domain/alerts/alert-budget-facts.ts';
import { renderBudgetAlert } from '../../domain/alerts/alert-budget-message.ts';
import { amountOf, type Budget, findCrossedThresholds } from '../../domain/budgets/budget.ts';
import type { BudgetTotals } from '../../domain/budgets/budget-total.ts';
import { readBudgetPeriod } from '../../domain/budgets/periods/find-period.ts';
import { invariant } from '../../domain/errors.ts';
import { nameAlert } from '../alerts/name-alert.ts';
import { drawLease, type PublishOutcome, publishHeld } from '../alerts/publish-alerts.ts';
import { createPartForecaster, type PartForecaster } from '../forecasts/forecast-part.ts';
import { findDaysToRead } from '../forecasts/read-forecast-inputs.ts';
import type { TenantConfig } from '../ports.ts';
import type { BudgetMemory, EvaluatePorts } from './budget-ports.ts';
import { type Crossing, collectBudgetFacts, createLineReader, type LineReader } from './evaluate-budgets-facts.ts';
import { advanceTotals } from './evaluate-budgets-totals.ts';
import { nameClaim, nameClaims, readClaim } from './name-claims.ts';

/** History that the forecast in a message goes by: it leaves within seconds, and half a year says nearly as much. */
const MESSAGE_HISTORY_DAYS = 182;

/** What came of telling what a budget's totals mean. */
export interface ToldBudget {
  readonly alerts: readonly { readonly alertId: string; readonly outcome: PublishOutcome }[];
  /** Claims as far as they are known now; undefined when they must be read again. */
  readonly claimed: ReadonlySet<string> | undefined;
  /** The totals that it was judged by: those given, or later ones. */
  readonly totals: BudgetTotals;
  /** Whether nothing is left to be told of these totals. */
  readonly isComplete: boolean;
}

/** Tries of one claim: every loss means that another evaluation claimed something, and thresholds are few. */
const MAX_CLAIM_TRIES = 25;

/** Messages of one budget at a time, so that publishing ends in time; the others follow with the next evaluation. */
const MAX_MESSAGES = 25;

interface Telling {
  readonly ports: EvaluatePorts;
  readonly tenant: TenantConfig;
  readonly budget: Budget;
  readonly today: string;
}

/** A message that is due, if nobody else has claimed it. */
type DueMessage = Omit<Crossing, 'commit'>;

/**
 * Tells of the thresholds that totals have reached and, where `claimed` is not known, of those told earlier that they
 * have fallen below. Claims are read only when something may have to be told.
 */
export async function tellBudget(
  ports: EvaluatePorts,
  tenant: TenantConfig,
  budget: Budget,
  { totals, claimed }: Pick<BudgetMemory, 'totals' | 'claimed'>,
  today: string,
): Promise<ToldBudget> {
  const telling: Telling = { ports, tenant, budget, today };
  const done = { alerts: [], totals, isComplete: true };
  if (claimed !== undefined && listCrossed(budget, totals, claimed).length === 0) return { ...done, claimed };
  if (totals.spent.size === 0) return { ...done, claimed: new Set() };
  const read = await readClaims(telling, totals);
  const crossed = listCrossed(budget, totals, read);
  const first = await tellAll(telling, crossed.slice(0, MAX_MESSAGES), totals.number, read);
  const isComplete = crossed.length <= MAX_MESSAGES;
  if (claimed !== undefined || listFallen(budget, totals, read).length === 0)
    return { alerts: first.alerts, claimed: first.claimed, totals, isComplete };
  // Somebody ahead of these totals may have claimed what they have not reached yet, so the later ones decide.
  const head = await ports.reader.head(tenant.tenant);
  const [later] = await advanceTotals(ports.reader, tenant, [{ budget, totals }], head, today);
  if (later === undefined) return { alerts: first.alerts, claimed: undefined, totals, isComplete: false };
  const fallen = listFallen(budget, later.totals, read);
  const second = await tellAll(telling, fallen.slice(0, MAX_MESSAGES), later.totals.number, first.claimed);
  return {
    alerts: [...first.alerts, ...second.alerts],
    claimed: later.mayHaveFallen || fallen.length > MAX_MESSAGES ? undefined : second.claimed,
    totals: later.totals,
    isComplete: isComplete && !later.mayHaveFallen && fallen.length <= MAX_MESSAGES,
  };
}

async function readClaims({ ports, tenant, budget }: Telling, totals: BudgetTotals): Promise<ReadonlySet<string>> {
  const oldest = [...totals.spent.keys()].reduce((a, b) => (a < b ? a : b));
  return ports.alerts.claims(tenant.tenant, nameClaims(budget), `${nameClaims(budget)}${oldest}`);
}

/** What has crossed thresholds that are not among the claims: by period and part. */
function listCrossed(budget: Budget, totals: BudgetTotals, claimed: ReadonlySet<string>): readonly DueMessage[] {
  return [...totals.spent].flatMap(([name, parts]) => {
    const period = readPeriod(budget, name);
    const amount = amountOf(budget, period);
    return [...parts].flatMap(([part, spent]): DueMessage[] => {
      const thresholdsPercent = findCrossedThresholds(budget.thresholdsPercent, amount, spent).filter(
        (percent) => !claimed.has(nameClaim({ budget, period: name, part }, { ...FIRING, percent })),
      );
      if (thresholdsPercent.length === 0) return [];
      return [{ budget, period, part, amount, spent, thresholdsPercent, status: 'firing' }];
    });
  });
}

/** What has fallen below thresholds that were told and not yet told to hold no longer: by period and part. */
function listFallen(budget: Budget, totals: BudgetTotals, claimed: ReadonlySet<string>): readonly DueMessage[] {
  const told = [...claimed].flatMap((key) => {
    const claim = readClaim(budget, key);
    return claim?.basis === 'actual' && claim.status === 'firing' && totals.spent.has(claim.period) ? [claim] : [];
  });
  const slices = Map.groupBy(told, ({ period, part }) => JSON.stringify([period, part]));
  return [...slices.values()].flatMap((claims): DueMessage[] => {
    const [{ period: name, part } = { period: '', part: '' }] = claims;
    const period = readPeriod(budget, name);
    const amount = amountOf(budget, period);
    const spent = totals.spent.get(name)?.get(part) ?? 0n;
    const reached = findCrossedThresholds(budget.thresholdsPercent, amount, spent);
    const thresholdsPercent = claims
      .map(({ percent }) => percent)
      .filter((percent) => !reached.includes(percent))
      .filter((percent) => !claimed.has(nameClaim({ budget, period: name, part }, { ...RESOLVED, percent })))
      .sort((a, b) => a - b);
    if (thresholdsPercent.length === 0) return [];
    return [{ budget, period, part, amount, spent, thresholdsPercent, status: 'resolved' }];
  });
}

const FIRING = { basis: 'actual', status: 'firing' } as const;
const RESOLVED = { basis: 'actual', status: 'resolved' } as const;

function readPeriod(budget: Budget, name: string) {
  const period = readBudgetPeriod(budget.schedule, name);
  invariant(period !== undefined, `${name} is no period of budget ${budget.name}`);
  return period;
}

/** Claims and publishes messages at once; @returns the claims known after it too. */
async function tellAll(
  telling: Telling,
  messages: readonly DueMessage[],
  commit: number,
  claimed: ReadonlySet<string>,
): Promise<{ readonly alerts: ToldBudget['alerts']; readonly claimed: ReadonlySet<string> }> {
  const { ports, tenant, today } = telling;
  // Messages of one period show the same rows.
  const sources: FactSources = {
    readLines: createLineReader(ports.reader, tenant.tenant, commit),
    forecast: createPartForecaster(ports.forecasting, tenant, today),
  };
  const results = await Promise.all(
    messages.map((message) => claimAndPublish(telling, { ...message, commit }, claimed, sources)),
  );
  return {
    alerts: results.flatMap(({ alert }) => alert ?? []),
    claimed: new Set([...claimed, ...results.flatMap((result) => [...result.claimed])]),
  };
}

/** Where the figures of messages come from. */
interface FactSources {
  readonly readLines: LineReader;
  readonly forecast: PartForecaster;
}

async function collectFacts(
  { readLines, forecast }: FactSources,
  tenant: TenantConfig,
  crossing: Crossing,
  about: Parameters<typeof collectBudgetFacts>[3],
): Promise<BudgetAlertFacts> {
  const { period } = crossing;
  const isClosed = period.toDay <= about.today;
  const lines = await readLines(isClosed ? period : findDaysToRead(period, about.today, MESSAGE_HISTORY_DAYS));
  const facts = collectBudgetFacts(lines, tenant, crossing, about);
  // What was spent is told whether or not anybody can say where it is going.
  return { ...facts, forecast: isClosed ? null : await forecast(crossing, lines).catch(() => null) };
}

async function claimAndPublish(
  { ports, tenant, budget, today }: Telling,
  crossing: Crossing,
  known: ReadonlySet<string>,
  sources: FactSources,
): Promise<{ readonly alert?: ToldBudget['alerts'][number]; readonly claimed: ReadonlySet<string> }> {
  const slice = { budget, period: crossing.period.name, part: crossing.part };
  const nameStep = (percent: number) => nameClaim(slice, { basis: 'actual', percent, status: crossing.status });
  let claimed = known;
  for (let attempt = 1; attempt <= MAX_CLAIM_TRIES; attempt++) {
    const open = crossing.thresholdsPercent.filter((percent) => !claimed.has(nameStep(percent)));
    const highest = open.at(-1);
    if (highest === undefined) return { claimed };
    const alertId = nameAlert(tenant.tenant, nameStep(highest));
    const nowMs = ports.clock();
    const about = { alertId, apiUrl: ports.apiUrl, nowMs, today };
    const message = renderBudgetAlert(
      await collectFacts(sources, tenant, { ...crossing, thresholdsPercent: open }, about),
    );
    // The lease starts after the message is written, so that all of it is left for publishing.
    const held = { alertId, tenant: tenant.tenant, claimedAtMs: nowMs, attempts: 1, lease: drawLease(ports), message };
    const claims = open.map(nameStep);
    if ((await ports.alerts.claim(claims, held)) === 'claimed') {
      const outcome = await publishHeld(ports, held);
      return { alert: { alertId, outcome }, claimed: new Set([...claimed, ...claims]) };
    }
    claimed = await ports.alerts.claims(tenant.tenant, nameClaims(budget), `${nameClaims(budget)}${slice.period}`);
  }
  return { claimed };
}
