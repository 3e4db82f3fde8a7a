import type { ApiPorts } from '../../../lib/adapters/http/api-ports.ts';
import { listBudgetStatus, listBudgets, putBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import { giveCredit } from '../../../lib/app/corrections/give-credit.ts';
import { orderRepricing } from '../../../lib/app/corrections/order-repricing.ts';
import { requestReprice } from '../../../lib/app/corrections/request-reprice.ts';
import { runOrder } from '../../../lib/app/corrections/run-order.ts';
import { voidEntry } from '../../../lib/app/corrections/void-entry.ts';
import type { LedgerReader, TenantConfig } from '../../../lib/app/ports.ts';
import { storeOverrides } from '../../../lib/app/prices/manage-overrides.ts';
import { querySpend } from '../../../lib/app/spend/query-spend.ts';
import { sumOf } from '../../../lib/app/spend/query-spend-fold.ts';
import { sweep } from '../../../lib/app/sweep.ts';
import { eventOf } from '../history/calls.ts';
import type { OtherDeed } from '../history/history.ts';
import { tenantAt } from '../history/tenants.ts';
import { bodyOfBudget } from '../oracle/budgets.ts';
import { senderOf } from '../oracle/expected-calls.ts';
import type { People } from './people.ts';
import { pull } from './pull.ts';
import { VISIBILITY_MS, type World } from './world.ts';

const API_LIFE_MS = 29_000;
const SWEEP_LIFE_MS = 55_000;
const RESERVE_MS = 5_000;
const RETRY_MS = 1_500;
const ATTEMPTS = 6;
const KEY_ID = 'key_admin';

/** Days of every call that is not old, and of those that are. */
export const ALL_DAYS = { fromDay: '2025-10-01', toDay: '2026-05-01' } as const;

/** Hours of all days would take a query for each of two hundred. */
const RECENT_DAYS = { fromDay: '2026-02-28', toDay: '2026-03-12' } as const;

const WINDOWS = {
  always: {},
  february: { effective_from: '2026-02-01T00:00:00Z', effective_to: '2026-03-01T00:00:00Z' },
  'from-march': { effective_from: '2026-03-01T00:00:00Z' },
  'next-year': { effective_from: '2027-01-01T00:00:00Z' },
} as const;

const REPRICED = {
  all: { from: '2025-10-01', to: '2026-04-01' },
  march: { from: '2026-03', to: '2026-04' },
  'one-day': { from: '2026-03-08', to: '2026-03-09' },
} as const;

/** Does everything that is neither sending nor consuming; whoever fails tries again some times, then gives up. */
export async function act(world: World, people: People, deed: OtherDeed, index: number): Promise<void> {
  if (deed.kind === 'outage') return outage(world, people, deed.forMs);
  if (deed.kind === 'echo') return echo(world, deed);
  if (deed.kind === 'release') {
    world.release = 1;
    return;
  }
  if (deed.kind === 'sweep') {
    await sweepOnce(world, people, deed.sweeper, deed.faults);
    return;
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const faults = attempt === 0 ? deed.faults : [];
    const end = await people
      .api((index + attempt) % 3)
      .invoke(faults, API_LIFE_MS, (ports) => administer(world, ports, deed, index));
    if (end !== 'died' && end !== 'failed') return;
    await world.time.sleep(RETRY_MS);
  }
}

/** Runs one sweep. @returns what it reported; undefined when it died or could not do everything */
export async function sweepOnce(world: World, people: People, sweeper: number, faults: OtherDeed['faults']) {
  const deadlineMs = () => world.time.now() + SWEEP_LIFE_MS - RESERVE_MS;
  const end = await people.sweeper(sweeper).invoke(faults, SWEEP_LIFE_MS, (ports) => sweep(ports, deadlineMs()));
  return end === 'died' || end === 'failed' ? undefined : end.answer;
}

/** The table throttles everything; meanwhile the queues hand out what comes back, again and again. */
async function outage(world: World, people: People, forMs: number): Promise<void> {
  world.beginOutage(forMs);
  for (let leftMs = forMs - VISIBILITY_MS; leftMs > 0; leftMs -= VISIBILITY_MS) {
    await world.time.sleep(VISIBILITY_MS);
    for (const queue of ['usage', 'import'] as const) {
      const impatient = {
        worker: 0,
        most: 10,
        lifeMs: 5_500,
        faults: [],
        failsBack: 'later',
        losesAnswer: false,
      } as const;
      await pull(world, people, { ...impatient, queue });
    }
  }
}

function echo(world: World, { queue, message }: Extract<OtherDeed, { kind: 'echo' }>): void {
  const { accepted } = world.queues[queue];
  const chosen = accepted[message % Math.max(1, accepted.length)];
  if (chosen && world.queues[queue].echo(chosen.messageId)) world.count('message handed out again');
}

type AdminDeed = Exclude<OtherDeed, { kind: 'outage' | 'echo' | 'sweep' | 'release' }>;

async function administer(world: World, ports: ApiPorts, deed: AdminDeed, index: number): Promise<void> {
  const deadlineMs = world.time.now() + API_LIFE_MS - RESERVE_MS;
  if (deed.kind === 'override') return override(world, ports, deed);
  const tenant = tenantAt(deed.tenant);
  switch (deed.kind) {
    case 'budget': {
      await putBudget({ ...ports, clock: world.time.now }, tenant, bodyOfBudget(deed.name, deed.mills));
      return;
    }
    case 'void': {
      const id = callOf(world, tenant, deed.call);
      if (id === undefined) return;
      world.voidsAsked.add(`${tenant.tenant} ${id}`);
      await voidEntry(ports.repricing, tenant, KEY_ID, { id, reason: `deed ${index}` }, deadlineMs);
      world.promised.push({ what: 'void', tenant: tenant.tenant, id });
      return;
    }
    case 'reprice': {
      const request = { ...REPRICED[deed.window], reason: `deed ${index}` };
      const order = await requestReprice(ports.repricing, tenant, KEY_ID, request);
      if (order) await runOrder(ports.repricing, tenant, order.number, deadlineMs);
      return;
    }
    case 'credit':
      return credit(world, ports, tenant, deed, deadlineMs);
    case 'read':
      return look(world, ports, tenant, deed.what);
  }
}

/** The id of a call by its place among all that were sent for a tenant so far. */
function callOf({ queues, mailByBody }: World, { tenant }: TenantConfig, place: number): string | undefined {
  const messages = [...queues.usage.accepted, ...queues.import.accepted].filter((each) => senderOf(each) === tenant);
  const calls = messages.flatMap(({ body }) => mailByBody.get(body)?.calls ?? []);
  const call = calls[place % Math.max(1, calls.length)];
  return call && eventOf(call).id;
}

async function override(world: World, ports: ApiPorts, deed: Extract<AdminDeed, { kind: 'override' }>): Promise<void> {
  const rates = {
    input_tokens: deed.inputRate,
    ...(deed.outputRate === null ? {} : { output_tokens: deed.outputRate }),
  };
  const price = { model: deed.model, provider: '*', rates, per: 1_000_000, replace: deed.replaces };
  const file = { overrides: [{ ...price, ...WINDOWS[deed.window] }] };
  const scope = deed.scope === 'global' ? '*' : tenantAt(deed.scope).tenant;
  await storeOverrides({ overrideChanges: ports.overrideChanges, now: ports.now }, scope, KEY_ID, file);
  world.promised.push({ what: 'override', scope, fileText: JSON.stringify(file) });
  await orderRepricing(ports.repricing, tenantAt(deed.scope === 'global' ? 0 : deed.scope));
}

async function credit(
  world: World,
  ports: ApiPorts,
  tenant: TenantConfig,
  { number, cents }: Extract<AdminDeed, { kind: 'credit' }>,
  deadlineMs: number,
): Promise<void> {
  const id = `credit-${number}`;
  const period = { from: '2026-03-01', to: '2026-04-01', reason: 'agreed', allocation: 'none' } as const;
  const request = { id, amountUsd: `0.0${cents}`, ...period, dimensions: { team: 'cx' } };
  const { outcome } = await giveCredit(ports, tenant, KEY_ID, request, deadlineMs);
  if (outcome === 'conflict') return;
  // A cent is 1e10 picoUSD.
  const amountPicoUsd = BigInt(cents) * 10_000_000_000n;
  world.promised.push({ what: 'credit', tenant: tenant.tenant, id, amountPicoUsd });
}

async function look(world: World, ports: ApiPorts, config: TenantConfig, what: string): Promise<void> {
  const { tenant } = config;
  if (what === 'budgets') {
    const budgetPorts = { ...ports, clock: world.time.now };
    const statuses = await listBudgetStatus(budgetPorts, config, await listBudgets(budgetPorts, config));
    for (const { budget, current, commit } of statuses) {
      const parts = new Map(current?.parts.map(({ part, spent }) => [part, spent]));
      const period = current?.period.name ?? '';
      world.looks.push({ what: 'budget', tenant, number: Number(budget.name.slice(-1)), period, parts, commit });
    }
    return;
  }
  if (what === 'audit') return audit(world, ports.reader, tenant);
  if (what === 'spend') return lookAtSpend(world, ports, config);
  if (what !== 'hour' && what !== 'day' && what !== 'month') return;
  const days = what === 'hour' ? RECENT_DAYS : ALL_DAYS;
  const snapshot = await ports.reader.rollups(tenant, { granularity: what, ...days });
  world.looks.push({ what: 'rollups', tenant, granularity: what, fromDay: days.fromDay, snapshot });
}

async function audit(world: World, reader: LedgerReader, tenant: string): Promise<void> {
  let next: string | undefined;
  do {
    const page = await reader.audit(tenant, next);
    world.looks.push({ what: 'audit', tenant, differences: page.differences });
    next = page.next;
  } while (next !== undefined);
}

/** Asks for days of which the last is cut within an hour, so that the answer is put together from rows of two kinds. */
async function lookAtSpend(world: World, ports: ApiPorts, config: TenantConfig): Promise<void> {
  const [fromDay, to] = ['2026-02-28', '2026-03-09T11:00:00Z'];
  const request = { from: fromDay, to, granularity: 'day', groupBy: ['team', 'model'], filters: [] } as const;
  const answer = await querySpend(ports, config, request, { limit: 5 });
  if (answer.status === 'unchanged') return;
  const { commit, total } = answer;
  const [costPicoUsd, calls] = [sumOf(total, 'cost'), sumOf(total, 'calls')];
  const untilMs = Date.parse(to);
  world.looks.push({ what: 'spend', tenant: config.tenant, commit, fromDay, untilMs, costPicoUsd, calls });
}
