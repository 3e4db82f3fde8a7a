import { describe, expect, it } from 'vitest';
import { MAX_CAPACITY_VERSIONS } from '../../../../lib/app/capacity/manage-capacities.ts';
import { MAX_REPORT_DAYS } from '../../../../lib/app/capacity/report-use.ts';
import { InvalidRequestError } from '../../../../lib/app/request-errors.ts';
import { addDays } from '../../../../lib/domain/local-time.ts';
import { createCapacityWorld, OWN } from '../../../helpers/capacity-world.ts';
import { TENANT } from '../../../helpers/ledger-fixtures.ts';

const faultsOf = async (json: Readonly<Record<string, unknown>>, name = 'h100'): Promise<readonly string[]> => {
  try {
    await createCapacityWorld().put(name, json);
    return [];
  } catch (cause) {
    if (!(cause instanceof InvalidRequestError)) throw cause;
    return cause.issues.map(({ field }) => field);
  }
};

describe('a version of a capacity', () => {
  it('names every field that is wrong', async () => {
    const wrong = {
      kind: 'gpu',
      from: '2026-02-30',
      to: 7,
      price_usd: 2.5,
      per: 'year',
      covers: { user: 'u-1', app: '' },
      list_price_of: { model: 'gpt-4o' },
      serves_tokens: -1,
      gpus: 1.5,
      colour: 'red',
    };
    expect((await faultsOf(wrong, 'H 100')).toSorted()).toEqual([
      ...['colour', 'covers.app', 'covers.user', 'from', 'gpus', 'kind', 'list_price_of', 'name', 'per'],
      ...['price_usd', 'serves_tokens', 'to'],
    ]);
  });

  it.each([
    [{ ...OWN, covers: {} }, 'covers'],
    [{ ...OWN, covers: { 'tags.cost_center': '1' } }, 'covers.tags.cost_center'],
    [{ ...OWN, to: OWN.from }, 'to'],
    [{ ...OWN, from: '2014-12-31' }, 'from'],
    [{ ...OWN, from: '2030-01-01' }, 'from'],
    [{ ...OWN, price_usd: '-1' }, 'price_usd'],
    [{ ...OWN, price_usd: '0.0000000000001' }, 'price_usd'],
    [{ ...OWN, serves_per: 'second' }, 'serves_per'],
    [{ ...OWN, serves_tokens: 5 }, 'serves_per'],
    [{ ...OWN, name: 'other' }, 'name'],
  ])('is refused: %j, for its %s', async (json, field) => {
    expect(await faultsOf(json)).toEqual([field]);
  });

  it('has a name of 64 characters at most', async () => {
    expect(await faultsOf(OWN, 'a'.repeat(64))).toEqual([]);
    expect(await faultsOf(OWN, 'a'.repeat(65))).toEqual(['name']);
  });

  it('begins on a day that the zone has', async () => {
    const world = createCapacityWorld(undefined, { ...TENANT, timeZone: 'Pacific/Kwajalein' });
    // The atoll went over the date line and left out the 21st of August 1993; days from 2015 on are all there.
    await expect(world.put('h100', { ...OWN, from: '1993-08-21' })).rejects.toThrow('from');
    expect((await world.put('h100')).outcome).toBe('stored');
  });

  it('leaves a record of who stored it, and so does the end', async () => {
    const world = createCapacityWorld();
    await world.put('h100');
    await world.end('h100');
    const records = (await world.adminActions()).filter(({ action }) => String(action).startsWith('capacity.'));
    expect(records.map(({ action }) => action).toSorted()).toEqual(['capacity.ended', 'capacity.stored']);
    // It is the 29th in Berlin, so that the 30th is the first day without it.
    expect(records.find(({ action }) => action === 'capacity.ended')).toMatchObject({
      name: 'h100',
      from: '2026-01-30',
      to: '2026-01-30',
    });
  });

  it('that is not there cannot be ended', async () => {
    await expect(createCapacityWorld().end('h100')).rejects.toThrow('no capacity');
  });
});

describe('a tenant', () => {
  it(`takes 500 versions and not one more`, async () => {
    const world = createCapacityWorld();
    for (let version = 1; version <= MAX_CAPACITY_VERSIONS; version++) {
      await world.put('h100', { ...OWN, price_usd: String(version) });
    }
    await expect(world.put('h100', { ...OWN, price_usd: '0' })).rejects.toThrow('at most 500 versions');
  });
});

describe('the days of a report', () => {
  it(`are 366 at most`, async () => {
    const world = createCapacityWorld();
    await world.put('h100');
    const to = addDays('2026-01-01', MAX_REPORT_DAYS);
    expect((await world.report('h100', '2026-01-01', to)).days.at(0)?.day).toBe('2026-01-05');
    await expect(world.report('h100', '2026-01-01', addDays(to, 1))).rejects.toThrow('at most 366 days');
    await expect(world.report('h100', '2026-01-01', '2026-01-01')).rejects.toThrow('a day after "from"');
  });
});
