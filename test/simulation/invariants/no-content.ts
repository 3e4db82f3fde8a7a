import { zstdDecompressSync } from 'node:zlib';
import type { Attribute, Item } from '../../../lib/adapters/dynamodb/table.ts';
import { CANARY } from '../history/calls.ts';
import type { Evidence } from '../oracle/evidence.ts';

/** Invariant 10: words of prompts, and users by name, are in no item, alert, log or answer. */
export function checkNoContent({ world, tenants, strangers }: Evidence): readonly string[] {
  const faults: string[] = [];
  for (const item of world.memory.items()) {
    if (holdsCanary(item)) faults.push(`${item.pk} ${item.sk} holds content`);
  }
  const spoken = { alerts: world.topic.log, logs: world.logged, looks: world.looks.map(({ what }) => what) };
  const answered = [...tenants.flatMap(({ rejects, parcels }) => [...rejects, ...parcels]), ...strangers.rejects];
  for (const [where, texts] of Object.entries({ ...spoken, answered })) {
    if (JSON.stringify(texts).includes(CANARY)) faults.push(`${where} hold content`);
  }
  return faults.slice(0, 5);
}

function holdsCanary(item: Item): boolean {
  return Object.entries(item).some(([name, value]) => name.includes(CANARY) || textOf(value).includes(CANARY));
}

const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

function textOf(value: Attribute): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return '';
  if (!(value instanceof Uint8Array)) return [...value].join('\n');
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return (bytes.subarray(0, 4).equals(ZSTD) ? zstdDecompressSync(value) : bytes).toString('latin1');
}
