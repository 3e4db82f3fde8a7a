import { type ApiSettings, wireApi } from '../../../functions/shared/api-ports.ts';
import type { ReturnPaths } from '../../../functions/shared/queues.ts';
import { wireRecording } from '../../../functions/shared/recording.ts';
import { wireSweep } from '../../../functions/shared/sweeping.ts';
import type { ApiPorts } from '../../../lib/adapters/http/api-ports.ts';
import { QueueUnavailableError } from '../../../lib/adapters/sqs/usage-queues.ts';
import type { RecordUsagePorts } from '../../../lib/app/recording/record-usage.ts';
import type { SweepPorts } from '../../../lib/app/sweep.ts';
import { MESSAGE_ATTRIBUTES } from '../../../lib/contracts/message-attributes.ts';
import { catalogOf } from '../history/catalog.ts';
import { API_ROLE, roleOf, SWEEP_ROLE, TENANTS } from '../history/tenants.ts';
import { modelReturnPaths } from '../models/return-paths-model.ts';
import { Host, type Process } from './process.ts';
import type { World } from './world.ts';

const SMALL_MEMORY = { lanes: 1, seenIds: 60, countedIds: 8, months: 1 };

/** Longest time of a request to a queue. */
const QUEUE_LATENCY_MS = 30;

const SENDERS = {
  directory: { mode: 'mapped', tenants: Object.fromEntries(TENANTS.map((it) => [roleOf(it), it.tenant])) },
  apiSenderId: API_ROLE,
  sweepSenderId: SWEEP_ROLE,
  roles: { find: async () => undefined },
} as const;

/** Everybody at work on a ledger: consumers, the API, sweeps; each host is made when first needed. */
export class People {
  readonly #world: World;
  readonly #consumers = new Map<number, Host<RecordUsagePorts>>();
  readonly #apis = new Map<number, Host<ApiPorts>>();
  readonly #sweepers = new Map<number, Host<SweepPorts>>();

  constructor(world: World) {
    this.#world = world;
  }

  consumer(number: number): Host<RecordUsagePorts> {
    return hostOf(this.#consumers, number, () => {
      const world = this.#world;
      const limits = world.history.setting.isForgetful ? { limits: SMALL_MEMORY } : {};
      const warn = (message: string, cause: unknown) => {
        world.logged.push(message, String(cause));
        world.judge(`consumer ${number}`, cause);
      };
      return new Host(world, `consumer ${number}`, ({ outside, release }) =>
        wireRecording(outside, { catalog: catalogOf(release).catalog, senders: SENDERS, warn, ...limits }),
      );
    });
  }

  api(number: number): Host<ApiPorts> {
    return hostOf(this.#apis, number, () => {
      const wire = (process: Process) => wireApi(process.outside.table, this.#apiSettings(process));
      return new Host(this.#world, `api ${number}`, wire);
    });
  }

  sweeper(number: number): Host<SweepPorts> {
    return hostOf(this.#sweepers, number, () => {
      return new Host(this.#world, `sweep ${number}`, ({ outside, release }) =>
        wireSweep(outside, catalogOf(release), this.#returnPaths(SWEEP_ROLE)),
      );
    });
  }

  #returnPaths(role: string): ReturnPaths {
    const { queues, time, random } = this.#world;
    const pass = async (): Promise<void> => {
      await time.sleep(random.below(QUEUE_LATENCY_MS));
      if (this.#world.isCalm || !random.oneIn(6)) return;
      this.#world.count('redrive lost-request');
      throw new QueueUnavailableError('the queue did not answer');
    };
    const deadLetterQueues = modelReturnPaths({ queues, senderId: `${role}:session`, pass });
    return { deadLetterQueues, senders: SENDERS };
  }

  #apiSettings({ outside, release }: Process): ApiSettings {
    const { queues } = this.#world;
    return {
      surroundings: outside,
      queues: {
        send: async (queue, tenant, bodies) => {
          const attributes = { [MESSAGE_ATTRIBUTES.tenant]: tenant };
          for (const body of bodies) queues[queue].send({ body, senderId: `${API_ROLE}:session`, attributes });
        },
        depth: async () => ({ usage: queues.usage.waiting.length, import: queues.import.waiting.length }),
        deadLetters: async () => queues.usageDead.waiting.length + queues.importDead.waiting.length,
      },
      catalog: catalogOf(release),
      senderMode: 'mapped',
      returnPaths: this.#returnPaths(API_ROLE),
      access: {},
      alerting: outside,
      subscriber: NO_SUBSCRIBER,
      reportError: (error) => this.#world.judge('api', error),
    };
  }
}

/** Nobody subscribes in a history. */
const NO_SUBSCRIBER: ApiSettings['subscriber'] = {
  subscribe: async () => ({ status: 'full' }),
  unsubscribe: async () => 'ended',
  state: async () => 'gone',
};

function hostOf<Ports>(hosts: Map<number, Host<Ports>>, number: number, make: () => Host<Ports>): Host<Ports> {
  const host = hosts.get(number) ?? make();
  hosts.set(number, host);
  return host;
}
