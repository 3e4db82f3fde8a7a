import type { Deed, History, OtherDeed, PlannedFault } from './history.ts';
import { tenantAt } from './tenants.ts';

/** A history in words, one line for each thing that somebody does, in order of time. */
export function describeHistory({ setting, sends, garbage, pulls, others, dispute }: History): readonly string[] {
  const deeds: readonly Deed[] = [...sends, ...garbage, ...pulls, ...others, ...dispute];
  const lines = [...deeds].sort((a, b) => a.atMs - b.atMs).map((deed) => `${clock(deed.atMs)}  ${describeDeed(deed)}`);
  const { latencyMs, isForgetful, largestTransaction, topic, leastFaults, leaseMs, disputesLate, seed } = setting;
  const about = [
    `chance ${seed}`,
    `calls take up to ${latencyMs} ms`,
    ...(isForgetful ? ['consumers remember next to nothing'] : []),
    ...(largestTransaction < 100 ? [`a transaction holds ${largestTransaction} writes`] : []),
    ...(topic.some((fate) => fate !== 'fine') ? [`the topic: ${topic.join(', ')}`] : []),
    ...(leaseMs < 90_000 ? [`alerts are held for ${leaseMs} ms`] : []),
    ...(disputesLate && dispute.length > 0 ? ['the dispute begins when the queues are empty'] : []),
    ...(leastFaults > 0 ? [`faults out of the blue until there are ${leastFaults}`] : []),
  ];
  return [...lines, `(${about.join('; ')})`];
}

function describeDeed(deed: Deed): string {
  switch (deed.kind) {
    case 'send': {
      const { fresh, repeats, altersRepeats, flaws, via, form, fate } = deed;
      const parts = [
        `${fresh} new calls`,
        ...(repeats.length > 0 ? [`${repeats.length} sent before${altersRepeats ? ' with other content' : ''}`] : []),
        ...(flaws.length > 0 ? [`flaws: ${flaws.join(', ')}`] : []),
      ];
      const end = fate === 'fine' ? '' : ` (${fate})`;
      return `${tenantAt(deed.tenant).tenant} sends ${parts.join(', ')} by ${via} as ${form}${end}`;
    }
    case 'garbage':
      return `${tenantAt(deed.tenant).tenant} sends a body that cannot be read: ${deed.body}`;
    case 'pull': {
      const { worker, most, queue, lifeMs, failsBack, losesAnswer, faults } = deed;
      const life = lifeMs < 60_000 ? ` within ${lifeMs} ms` : '';
      const back = failsBack === 'at once' ? '; what fails comes back at once' : '';
      const lost = losesAnswer ? '; its answer gets lost' : '';
      return `consumer ${worker} takes up to ${most} messages of ${queue}${life}${back}${lost}${describeFaults(faults)}`;
    }
    default:
      return describeOther(deed) + describeFaults(deed.faults);
  }
}

function describeOther(deed: OtherDeed): string {
  switch (deed.kind) {
    case 'echo':
      return `message ${deed.message} of ${deed.queue} is handed out again`;
    case 'sweep':
      return `sweep ${deed.sweeper} runs`;
    case 'outage':
      return `the table throttles everything for ${deed.forMs} ms`;
    case 'override': {
      const scope = deed.scope === 'global' ? 'everybody' : tenantAt(deed.scope).tenant;
      const rates = `${deed.inputRate} in, ${deed.outputRate ?? 'nothing said'} out`;
      const how = deed.replaces ? 'is replaced by' : 'becomes';
      return `the price of ${deed.model} for ${scope}, ${deed.window}, ${how} ${rates}`;
    }
    case 'budget':
      return `${tenantAt(deed.tenant).tenant} sets budget ${deed.name} to ${deed.mills} tenths of a cent or thousand tokens`;
    case 'void':
      return `${tenantAt(deed.tenant).tenant} voids call ${deed.call}`;
    case 'release':
      return 'the next price list comes with a release';
    case 'reprice':
      return `${tenantAt(deed.tenant).tenant} reprices ${deed.window}`;
    case 'credit':
      return `${tenantAt(deed.tenant).tenant} gets credit ${deed.number} of $0.0${deed.cents}`;
    case 'read':
      return `${tenantAt(deed.tenant).tenant} reads: ${deed.what}`;
  }
}

function describeFaults(faults: readonly PlannedFault[]): string {
  if (faults.length === 0) return '';
  const inOrder = [...faults].sort((a, b) => a.at - b.at);
  return `; ${inOrder.map(({ on, at, fault }) => `${on} ${at + 1}: ${fault}`).join(', ')}`;
}

function clock(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3).padStart(10)} s`;
}
