import { describe, expect, it } from 'vitest';
import { MAX_OWN_ROWS } from '../../../lib/app/reference/own-rows.ts';
import { bundledReference } from '../../../lib/catalog/reference.ts';
import { createApiWorld } from '../../helpers/api-world.ts';

const SCORE = { model: 'm-1', score: 7, scale: 'own evaluation /10', source: 'us', as_of: '2026-01-02' };
const PATH = '/v1/reference-rows';

async function createWorld() {
  const world = createApiWorld();
  const key = await world.enrol('default', 'admin');
  const post = (row: unknown, kind = 'quality') => world.ask('POST', PATH, { key, body: { kind, row } });
  const list = async (kind = 'quality') => (await world.ask('GET', `${PATH}?kind=${kind}`, { key })).json;
  return { world, key, post, list };
}

describe('own rows', () => {
  it('are stored once, found before those of the release, and removed, each change with a record', async () => {
    const { world, key, post, list } = await createWorld();
    const first = await post(SCORE);
    expect(first).toMatchObject({ status: 201, json: { kind: 'quality', stored_at: '2026-01-29T18:30:00.000Z' } });
    expect(first.json.row).toMatchObject({ ...SCORE, checked_on: '2026-01-29', standing: 'stated', note: null });
    // The same again, a field left out instead of null.
    expect(await post({ ...SCORE, note: null })).toMatchObject({ status: 200, json: first.json });
    const { reference_version, added, rows } = await list();
    const { version, quality } = bundledReference();
    expect([reference_version, added, rows[0], rows.length]).toEqual([
      version,
      [first.json],
      first.json.row,
      quality.length + 1,
    ]);
    expect((await list('hardware')).added).toEqual([]);
    const { id } = first.json;
    expect((await world.ask('DELETE', `${PATH}/${id}`, { key })).status).toBe(204);
    expect((await world.ask('DELETE', `${PATH}/${id}`, { key })).status).toBe(404);
    expect((await list()).added).toEqual([]);
    const records = await world.ports.adminRecords.list('default');
    const ours = records.filter(({ action }) => action.startsWith('reference_row'));
    expect(ours.map(({ action, detail }) => [action, detail['id']]).toSorted()).toEqual([
      ['reference_row.removed', id],
      ['reference_row.stored', id],
    ]);
    expect(world.failures).toEqual([]);
  });

  it('that are wrong are refused by every field', async () => {
    const { post, list } = await createWorld();
    const { status, json } = await post({ ...SCORE, score: 'good', planet: 'mars' });
    expect(status).toBe(400);
    expect(json.errors.map(({ field }: { field: string }) => field).toSorted()).toEqual(['row.planet', 'row.score']);
    expect((await post({ ...SCORE, score: 11 })).json.errors).toMatchObject([{ field: 'row' }]);
    expect((await post(SCORE, 'models')).json.errors).toMatchObject([{ field: 'kind' }]);
    expect((await list()).added).toEqual([]);
  });

  it('are as many as a tenant may have', async () => {
    const { world, post, list } = await createWorld();
    for (let index = 0; index < MAX_OWN_ROWS - 1; index++) await post({ ...SCORE, model: `m-${index}` });
    const answers = await Promise.all(['x', 'y'].map((model) => post({ ...SCORE, model })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400]);
    expect((await list()).added).toHaveLength(MAX_OWN_ROWS);
    expect(world.failures).toEqual([]);
  });
});
