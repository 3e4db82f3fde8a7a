import { type FunctionDefinition, FunctionEnvironment, type InvocationOutcome } from './function-environment.ts';

/** Counts of one function since the host started. */
export interface FunctionStats {
  readonly invocations: number;
  readonly failures: number;
  readonly timeouts: number;
  /** Environments started, replacements included. */
  readonly coldStarts: number;
}

/** The environments of one function: started when needed, used again while warm, replaced when they break. */
export class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly #limit: number;
  readonly #log: (line: string) => void;
  readonly #idle: FunctionEnvironment[] = [];
  readonly #busy = new Set<FunctionEnvironment>();
  readonly #waiting: (() => void)[] = [];
  readonly #stats = { invocations: 0, failures: 0, timeouts: 0, coldStarts: 0 };

  /** @param limit - most environments at a time; further invocations wait */
  constructor(definition: FunctionDefinition, limit: number, log: (line: string) => void) {
    this.definition = definition;
    this.#limit = limit;
    this.#log = log;
  }

  /** Counts so far. */
  get stats(): FunctionStats {
    return { ...this.#stats };
  }

  /** Runs one invocation in a free environment, a new one where there is room, else the first to get free. */
  async invoke(event: unknown): Promise<InvocationOutcome> {
    while (this.#busy.size >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const environment = this.#take();
    this.#busy.add(environment);
    try {
      const outcome = await environment.invoke(event);
      this.#count(outcome);
      return outcome;
    } finally {
      this.#busy.delete(environment);
      if (environment.alive) this.#idle.push(environment);
      this.#waiting.shift()?.();
    }
  }

  /** Ends every environment, also those at work. */
  async end(): Promise<void> {
    await Promise.all([...this.#idle, ...this.#busy].map((environment) => environment.end()));
  }

  #take(): FunctionEnvironment {
    for (let warm = this.#idle.pop(); warm; warm = this.#idle.pop()) {
      if (warm.alive) return warm;
    }
    this.#stats.coldStarts += 1;
    return new FunctionEnvironment(this.definition, this.#log);
  }

  #count(outcome: InvocationOutcome): void {
    this.#stats.invocations += 1;
    if (outcome.status === 'timed-out') {
      this.#stats.timeouts += 1;
      this.#log(`${this.definition.name}: timed out after ${this.definition.timeoutMs} ms and was ended`);
    } else if (outcome.status === 'failed') {
      this.#stats.failures += 1;
      this.#log(`${this.definition.name}: failed with ${outcome.errorType}: ${outcome.message}`);
    }
  }
}
