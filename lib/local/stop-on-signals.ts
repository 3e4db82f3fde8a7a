import type { LocalHost } from './host-contract.ts';

/**
 * Stops the host at SIGINT or SIGTERM and then ends the process with code 0; a second signal ends it at once.
 * @param beforeExit - runs after the host has stopped
 */
export function stopOnSignals(host: Pick<LocalHost, 'stop'>, beforeExit: () => void = () => {}): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(130);
    stopping = true;
    await host.stop();
    beforeExit();
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
