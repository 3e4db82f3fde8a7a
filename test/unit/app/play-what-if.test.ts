import { expect, it } from 'vitest';
import { playWhatIf, type WhatIfPage } from '../../../lib/app/what-if/play-what-if.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

it('a part that runs out of time stops inside a page, and the next one goes on there: nothing twice, nothing left out', async () => {
  const world = createApiWorld();
  const key = await world.enrol('default');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  for (let day = 1; day <= 4; day++) {
    const events = Array.from({ length: 330 }, (_, index) => ({
      ...{ id: `call-${day}-${index}`, time: `2026-01-0${day}T10:00:00Z`, model: 'm-1' },
      usage: { input_tokens: index },
    }));
    await world.ask('POST', '/v1/imports', { key, body: { events } });
    await world.drain();
  }
  const tenant = await world.ports.tenants.read('default');
  if (tenant === undefined) throw new Error('no tenant');
  // Every look at the clock takes a second, of the five that a part has.
  let nowMs = world.ports.now();
  const ports = { ...world.ports, now: () => (nowMs += 1_000) };
  const request = { from: '2026-01', to: '2026-02', groupBy: [], filters: [], isAudited: false };
  const hosted = { kind: 'self_host', monthly_cost_usd: '31', share: '0', from: '2026-01-29' } as const;
  const question = { ...request, changes: [{ kind: 'response_cache', share: '0.5' } as const, hosted] };
  const parts: WhatIfPage[] = [await playWhatIf(ports, tenant, question)];
  // Recorded between the parts, on the day at which the next one goes on: in none of them.
  const late = { ...{ id: 'late', time: '2026-01-02T10:00:00Z', model: 'm-1' }, usage: { input_tokens: 7 } };
  await world.ask('POST', '/v1/imports', { key, body: { events: [late] } });
  await world.drain();
  while (parts.at(-1)?.next && parts.length < 9)
    parts.push(await playWhatIf(ports, tenant, question, parts.at(-1)?.next));
  expect(parts).toHaveLength(3);
  expect(parts.reduce((sum, { examined }) => sum + examined, 0)).toBe(1_320);
  // 4 x (0 + 1 + ... + 329) tokens at $1/M
  const before = parts.reduce((sum, { total }) => sum + total.beforePicoUsd, 0n);
  expect(before).toBe(4n * 54_285n * 1_000_000n);
  // Machines at $1 a day from the 29th on, to half past six: 18.5 hours, and once, not in every part.
  const fixed = parts.reduce((sum, { fixedPicoUsd }) => sum + fixedPicoUsd, 0n);
  expect(fixed).toBeGreaterThan(770_000_000_000n);
  expect(fixed).toBeLessThan(772_000_000_000n);
  expect(parts.reduce((sum, { total }) => sum + total.afterPicoUsd, 0n)).toBe(before / 2n + fixed);
  const ratios = parts.map(({ ratio }) => ratio);
  expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
  expect(ratios.at(-1)).toBe(1);
  // Without times it is about the running month: when that has ended, what is left is of another question.
  const running = { ...question, from: undefined, to: undefined };
  const { next } = await playWhatIf(ports, tenant, running);
  nowMs += 31 * 86_400_000;
  await expect(playWhatIf(ports, tenant, running, next)).rejects.toThrow('ask again from the start');
});
