import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TableApiKeys } from '../../../lib/adapters/dynamodb/key-store.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { createKey } from '../../../lib/app/access/manage-keys.ts';
import { createTenant, LEAF_CHANGE_DELAY_MS } from '../../../lib/app/access/manage-tenants.ts';
import { isOfOrganisation, ROLES } from '../../../lib/contracts/roles.ts';

const page = readFileSync(new URL('../../../docs/access.md', import.meta.url), 'utf8');

/** Cells of the table under a heading, without its title rows. */
function readTable(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) => line.slice(2, -2).split(' | '));
}

async function listMakes() {
  const [table, now] = [new MemoryTable(), () => 1];
  const ports = { apiKeys: new TableApiKeys(table), tenants: new TenantStore(table, now), now };
  await createTenant(ports, { tenant: 'acme' });
  return async (by: (typeof ROLES)[number]): Promise<string> => {
    const made: string[] = [];
    for (const role of ROLES) {
      const request = { tenant: 'acme', role, label: 'x' };
      const caller = { keyId: 'key_1', tenant: 'acme', role: by };
      await createKey(ports, request, caller).then(
        () => made.push(`\`${role}\``),
        () => {},
      );
    }
    return made.join(', ') || '-';
  };
}

describe('the page on access', () => {
  it('has the roles there are, where they act, and which keys they make', async () => {
    const makes = await listMakes();
    const expected = [];
    for (const role of ROLES) {
      expected.push([`\`${role}\``, isOfOrganisation(role) ? 'any tenant' : 'its tenant', await makes(role)]);
    }
    expect(readTable('Roles').map(([role, where, , made]) => [role, where, made])).toEqual(expected);
  });

  it('names every action that the test of records knows', () => {
    const test = readFileSync(new URL('./admin-records.test.ts', import.meta.url), 'utf8');
    const actions = new Set([...test.matchAll(/action: '([a-z_]+\.[a-z_.]+)'/g)].map(([, action]) => `\`${action}\``));
    const named = new Set(readTable('Records of changes').flatMap(([cell = '']) => cell.split(', ')));
    expect([...named].sort()).toEqual([...actions].sort());
  });

  it('says how long a change of dimensions waits', () => {
    expect(LEAF_CHANGE_DELAY_MS).toBe(7.5 * 60_000);
    expect(page).toContain('7 and a half minutes later');
  });
});
