import { parentPort, workerData } from 'node:worker_threads';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { auditParts, rebuildAll } from './audit-world.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from './ledger-fixtures.ts';

const GROUP = 2_000;

/** Records `workerData` calls, 2,000 an hour, audits and rebuilds them, and says what that came to. */
const memory = new MemoryTable();
await new TenantStore(memory, () => 0).create(TENANT);
const surroundings = steadySurroundings();
const ledger = new DynamoLedger(memory, surroundings);
const count: number = workerData;
for (let from = 0; from < count; from += GROUP) {
  const startMs = START_MS - ((count - from) / GROUP) * 3_600_000;
  const calls = Array.from({ length: GROUP }, (_, n) => {
    const timeMs = startMs + n * 30;
    return ratedCall({ id: uuidV7(timeMs, from + n), timeMs, app: `app-${n % 20}` });
  });
  await ledger.append(TENANT, calls, surroundings.now() + 50_000);
}
const parts = await auditParts(memory);
parentPort?.postMessage({
  entries: parts.reduce((sum, { entries }) => sum + entries, 0),
  differences: parts.flatMap(({ differences }) => differences).length,
  longestCursor: Math.max(...parts.map(({ next }) => next?.length ?? 0)),
  rebuilt: (await rebuildAll(memory)).length,
});
