import { createHash } from 'node:crypto';
import type { RuleStore, StoredFiring, StoredRules } from '../../app/rules/rule-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { AlertRule } from '../../domain/rules/alert-rule.ts';
import type { RuleFiring } from '../../domain/rules/rule-firing.ts';
import { withPatience } from './alert-store.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Condition, Item, Key, Table } from './table.ts';

/**
 * Rules and firings in the table. Writes happen only over the state that was read, so of two writers one is told that it
 * is behind; so is one whose first try was applied although its answer got lost. Errors are the table's own.
 *
 * - `RULES#tenant`, `RULES`: every rule that the tenant stored.
 * - `RULES#tenant`, `FIRING#digest`: a firing, by its rule and key.
 */
export class TableRuleStore implements RuleStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async rules(tenant: string): Promise<StoredRules> {
    const item = await this.#table.get(rulesKey(tenant));
    if (!item) return { rules: [], revision: 0 };
    const packed = JSON.parse(textAttribute(item, 'body')) as readonly PackedRule[];
    return { rules: packed.map(unpackRule), revision: numberAttribute(item, 'revision') };
  }

  async saveRules(tenant: string, rules: readonly AlertRule[], overRevision: number): Promise<'written' | 'behind'> {
    const body = JSON.stringify(rules.map(packRule));
    const item: Item = { ...rulesKey(tenant), revision: BigInt(overRevision + 1), body };
    const condition = overRevision === 0 ? ABSENT : atRevision(overRevision);
    return (await this.#table.put(item, condition)) === 'written' ? 'written' : 'behind';
  }

  async firings(tenant: string): Promise<readonly StoredFiring[]> {
    const items = await this.#table.query({ pk: keys.rules(tenant), prefix: FIRING });
    return items.map((item) => ({
      firing: JSON.parse(textAttribute(item, 'body')) as RuleFiring,
      revision: numberAttribute(item, 'revision'),
    }));
  }

  async saveFiring(
    tenant: string,
    firing: RuleFiring,
    over: StoredFiring | undefined,
  ): Promise<StoredFiring | undefined> {
    // It begins with the time, so that a firing which was forgotten and came again is not taken for the one before.
    const revision = (over?.revision ?? firing.firedAtMs) + 1;
    const item: Item = { ...firingKey(tenant, firing), revision: BigInt(revision), body: JSON.stringify(firing) };
    const condition = over ? atRevision(over.revision) : ABSENT;
    const outcome = await withPatience(() => this.#table.put(item, condition), true);
    return outcome === 'written' ? { firing, revision } : undefined;
  }

  async removeFiring(tenant: string, { firing, revision }: StoredFiring): Promise<'removed' | 'behind'> {
    const key = firingKey(tenant, firing);
    const outcome = await withPatience(() => this.#table.delete(key, atRevision(revision)), true);
    return outcome === 'deleted' ? 'removed' : 'behind';
  }
}

const FIRING = 'FIRING#';
const ABSENT: Condition = { absent: true };

const rulesKey = (tenant: string): Key => ({ pk: keys.rules(tenant), sk: 'RULES' });

function firingKey(tenant: string, { rule, key }: RuleFiring): Key {
  const digest = createHash('sha256')
    .update(JSON.stringify([rule, key]))
    .digest('base64url');
  return { pk: keys.rules(tenant), sk: FIRING + digest };
}

function atRevision(revision: number): Condition {
  return { attribute: 'revision', equals: BigInt(revision) };
}

type PackedRule = Omit<AlertRule, 'thresholdPico'> & { readonly thresholdPico: string };

function packRule(rule: AlertRule): PackedRule {
  return { ...rule, thresholdPico: rule.thresholdPico.toString() };
}

function unpackRule(packed: PackedRule): AlertRule {
  return { ...packed, thresholdPico: BigInt(packed.thresholdPico) };
}
