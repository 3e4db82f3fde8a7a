import { afterEach, expect, it } from 'vitest';
import { type KillableProduct, startKillableProduct } from './killable-product.ts';
import { runLoad } from './sustained-load.ts';

/** The long form, at twice the measured ceiling for a minute: `npm run bench -- --only sustained`. */
const products: KillableProduct[] = [];
afterEach(async () => {
  for (const product of products.splice(0)) await product.stop();
});

/** On a busy machine a consumer may run out of time, and its messages come back after 360 s. */
const TIMEOUT_MS = 900_000;

it('records exactly what the queue accepted, though the engine and then the host are killed meanwhile', {
  timeout: TIMEOUT_MS,
}, async () => {
  const product = await startKillableProduct();
  products.push(product);
  const outcome = await runLoad(product, {
    seconds: 4,
    eventsPerSecond: 6_000,
    kills: [
      { atSeconds: 1, victim: 'engine' },
      { atSeconds: 2.5, victim: 'host' },
    ],
    progress: () => {},
  });
  expect(outcome.accepted).toBeGreaterThan(0);
  expect(outcome).toMatchObject({
    recorded: outcome.accepted,
    deadLetters: 0,
    rejects: 0,
    conflicts: 0,
    audit: { ok: true, entries: outcome.accepted, differences: 0 },
  });
  expect(product.current().notes()).not.toContain('restart the local host');
});
