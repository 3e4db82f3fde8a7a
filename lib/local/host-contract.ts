import type { EventSourceStats } from './event-source.ts';
import type { FunctionStats } from './function-pool.ts';
import type { TopicMessage } from './subscriber.ts';

/** What to run, and how. */
export interface LocalHostOptions {
  /** A synthesised template; each function's metadata names the source of its handler. */
  readonly template: Readonly<Record<string, unknown>>;
  /** Folder that the paths of the handlers' sources start from. */
  readonly rootFolder: string;
  /** Folder of all data; made when absent. */
  readonly dataFolder: string;
  /** Port of the HTTP API on this machine's own address; 0 takes a free one. */
  readonly port: number;
  /**
   * Port of the queues and topics; 0 takes a free one.
   * @default the port after `port`, or a free one when that is 0
   */
  readonly queuePort?: number;
  /**
   * Read for `DYNAMODB_ENDPOINT` and `PATH`, for nothing else.
   * @default process.env
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /**
   * npm package that ships the DynamoDB engine.
   * @default the one for this platform
   */
  readonly enginePackage?: string;
  /**
   * Replaces the batching window of every mapping, in milliseconds.
   * @default the template's
   */
  readonly batchingWindowMs?: number;
  /**
   * How long a minute of the schedules that count minutes lasts, in milliseconds.
   * @default 60,000
   */
  readonly minuteMs?: number;
  /**
   * Whether schedules fire on their own.
   * @default true
   */
  readonly runSchedules?: boolean;
  /**
   * How long a stop waits for invocations under way, in milliseconds.
   * @default 10000
   */
  readonly stopGraceMs?: number;
  /**
   * Takes each line that functions write and the host has to say.
   * @default lines go to standard error
   */
  readonly log?: (line: string) => void;
  /**
   * Takes what is published to the template's topics; what comes while no host runs waits for the next start.
   * @default nothing
   */
  readonly onAlert?: (message: TopicMessage) => void;
}

/** A running host. */
export interface LocalHost {
  /** Base URL of the HTTP API, without a slash at the end. */
  readonly url: string;
  /** Endpoint of the queues and topics, for the SDK. */
  readonly queueEndpoint: string;
  /** Endpoint of the tables, for the SDK. */
  readonly dynamodbEndpoint: string;
  /** The template's outputs, resolved. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The environment of a function, by its short name. */
  environmentOf(functionName: string): Readonly<Record<string, string>>;
  /**
   * Runs one invocation beside those that the template starts.
   * @param functionName - short name (the folder of the handler) or the template's id
   * @returns what the handler answered, as JSON
   * @throws LocalHostError `local/unknown-function`, or `local/invocation-failed` when it threw or timed out
   */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Fires the schedule of a function now and waits for its end. Throws as {@link LocalHost.invoke} does. */
  invokeSchedule(functionName: string): Promise<unknown>;
  /** Counts since the start, by short name of the function and by the template's id of the mapping. */
  stats(): {
    readonly functions: Readonly<Record<string, FunctionStats>>;
    readonly eventSources: Readonly<Record<string, EventSourceStats>>;
  };
  /** Stops reading, waits for what is under way, and ends the engines. Calling it again waits for the same end. */
  stop(): Promise<void>;
}
