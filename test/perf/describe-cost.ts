import type { CapacityCount } from './capacity-proxy.ts';
import { type Bill, FUNCTION_GIGABYTES, LIST_PRICES_USD, type Usage } from './list-prices.ts';
import { type BarLine, type BenchTable, formatWhole, judgeBar } from './report.ts';

/** How events reach the function. */
export interface CostScenario {
  readonly eventsPerMessage: number;
  readonly messagesPerInvocation: number;
  readonly invocations: number;
}

/** What one scenario used up, and what AWS would ask for it. */
export interface CostFigure {
  readonly scenario: CostScenario;
  readonly events: number;
  readonly capacity: CapacityCount;
  readonly usage: Usage;
  readonly bill: Bill;
  readonly storedBytes: number;
}

const BAR_USD = 0.15;
const MILLION = 1_000_000;

/** Tables of amounts and dollars per million events, and the arithmetic of the first line. */
export function describeCost(figures: readonly CostFigure[]): BenchTable[] {
  const [first] = figures;
  return [describeUsage(figures), describeBills(figures, first ? explain(first) : '')];
}

/** The bar is on messages of 1,000 that fill an invocation each; packing more into one only makes it cheaper. */
export function judgeCost(figures: readonly CostFigure[]): BarLine[] {
  return figures
    .filter(({ scenario }) => scenario.eventsPerMessage * scenario.messagesPerInvocation === 1_000)
    .map((each) => {
      const value = perMillion(each, each.bill.totalUsd);
      return judgeBar({
        what: `Cost per million events, all in, 20 leaves, ${nameScenario(each.scenario)}`,
        bar: `<= $${BAR_USD}`,
        limit: BAR_USD,
        isUpperLimit: true,
        value,
        figure: formatUsd(value),
        command: 'npm run bench -- --only cost',
      });
    });
}

function describeUsage(figures: readonly CostFigure[]): BenchTable {
  return {
    title: 'Amounts per million events (20 leaves, timed ids)',
    columns: [
      'a message x an invocation',
      'events',
      'write units',
      'of them cancelled',
      'read units',
      'SQS requests',
      'invocations',
      'busy s',
      'stored MB',
    ],
    rows: figures.map((each) => [
      nameScenario(each.scenario),
      formatWhole(each.events),
      formatWhole(perMillion(each, each.usage.writeUnits)),
      formatWhole(perMillion(each, each.capacity.cancelledWriteUnits)),
      formatWhole(perMillion(each, each.usage.readUnits)),
      formatWhole(perMillion(each, each.usage.queueRequests)),
      formatWhole(perMillion(each, each.usage.invocations)),
      perMillion(each, each.usage.busySeconds).toFixed(1),
      (perMillion(each, each.storedBytes) / MILLION).toFixed(1),
    ]),
    note:
      "The deployed handler in the host's workers, two invocations at a time for one tenant, so that they lose commit " +
      'numbers to each other all the time. Units are those that the engine returned to a proxy in front of it, for every ' +
      'request of the function: tenants, price books, budgets and the ledger. A cancelled transaction is charged at the ' +
      'mean units per item of the committed ones. SQS: each message sent by itself, received and deleted ten a request, ' +
      'each started 64 KB of a request counted. Busy time is the whole of each invocation, measured on this machine with ' +
      'engine and proxy on the same cores; on AWS the function also waits for the network.',
  };
}

function describeBills(figures: readonly CostFigure[], arithmetic: string): BenchTable {
  const usd = (each: CostFigure, amount: number): string => formatUsd(perMillion(each, amount));
  return {
    title: 'List price per million events',
    columns: ['a message x an invocation', 'writes', 'reads', 'SQS', 'Lambda', 'all in', 'storage a month, apart'],
    rows: figures.map((each) => [
      nameScenario(each.scenario),
      usd(each, each.bill.writesUsd),
      usd(each, each.bill.readsUsd),
      usd(each, each.bill.queueUsd),
      usd(each, each.bill.functionUsd),
      usd(each, each.bill.totalUsd),
      usd(each, (each.storedBytes / 1e9) * LIST_PRICES_USD.storedGigabyteMonth),
    ]),
    note:
      `us-east-1, no free tier: $0.625 a million write units, $0.125 a million read units, $0.40 a million SQS requests, ` +
      `$0.0000133334 a GB-second (arm64, ${FUNCTION_GIGABYTES.toFixed(4)} GB) and $0.20 a million invocations. No log line is written per ` +
      `event. What runs without events (polling an empty queue, the sweep) is not in it. ${arithmetic}`,
  };
}

function explain(figure: CostFigure): string {
  const { writeUnits, readUnits, queueRequests, invocations, busySeconds } = figure.usage;
  const amount = (value: number): string => formatWhole(perMillion(figure, value));
  return (
    `First line: ${amount(writeUnits)} x $0.625e-6 + ${amount(readUnits)} x $0.125e-6 + ${amount(queueRequests)} x $0.4e-6 + ` +
    `${amount(invocations)} x $0.2e-6 + ${perMillion(figure, busySeconds).toFixed(1)} s x ${FUNCTION_GIGABYTES.toFixed(4)} GB x $0.0000133334 ` +
    `= ${formatUsd(perMillion(figure, figure.bill.totalUsd))}.`
  );
}

function nameScenario({ eventsPerMessage, messagesPerInvocation }: CostScenario): string {
  return `${formatWhole(eventsPerMessage)} x ${formatWhole(messagesPerInvocation)}`;
}

function perMillion({ events }: CostFigure, amount: number): number {
  return (amount / events) * MILLION;
}

function formatUsd(value: number): string {
  return `$${value.toFixed(4)}`;
}
