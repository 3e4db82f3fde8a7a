import type { MigrationMove, MigrationStanding, MigrationStore, StoredProfile } from '../../app/alerts/alert-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { MigrationSubject } from '../../domain/migrate-now/migration-subject.ts';
import { claimWrites } from './alert-items.ts';
import { withPatience } from './alert-store.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Table, TransactWrite } from './table.ts';

const PROFILE = 'PROFILE#';
const SUBJECT = 'SUBJECT#';

/** Stands for "no day yet" in the attribute that moves are conditional on. */
const NO_DAY = '-';

/** Migration profiles and the state of their subjects, in the table. Errors are the table's own. */
export class TableMigrationStore implements MigrationStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async putProfile(tenant: string, profile: StoredProfile): Promise<void> {
    await this.#table.put({
      pk: keys.migration(tenant),
      sk: `${PROFILE}${profile.name}`,
      storedAtMs: BigInt(profile.storedAtMs),
      source: JSON.stringify(profile.source),
    });
  }

  async listProfiles(tenant: string): Promise<readonly StoredProfile[]> {
    const items = await this.#table.query({ pk: keys.migration(tenant), prefix: PROFILE });
    return items.map((item) => ({
      name: item.sk.slice(PROFILE.length),
      source: JSON.parse(textAttribute(item, 'source')) as StoredProfile['source'],
      storedAtMs: numberAttribute(item, 'storedAtMs'),
    }));
  }

  async removeProfile(tenant: string, name: string): Promise<'removed' | 'absent'> {
    const key = { pk: keys.migration(tenant), sk: `${PROFILE}${name}` };
    if ((await this.#table.get(key)) === undefined) return 'absent';
    await this.#table.delete(key);
    return 'removed';
  }

  async standing(tenant: string, key: string): Promise<MigrationStanding | undefined> {
    const item = await this.#table.get({ pk: keys.migration(tenant), sk: `${SUBJECT}${key}` });
    if (item === undefined) return undefined;
    const { assessment } = item;
    return {
      subject: JSON.parse(textAttribute(item, 'subject')) as MigrationSubject,
      assessment: typeof assessment === 'string' ? (JSON.parse(assessment) as MigrationStanding['assessment']) : null,
    };
  }

  async advance(tenant: string, key: string, move: MigrationMove): Promise<'advanced' | 'behind'> {
    const { fromDay, subject, assessment, alert } = move;
    const write: TransactWrite = {
      type: 'put',
      item: {
        pk: keys.migration(tenant),
        sk: `${SUBJECT}${key}`,
        lastDay: subject.lastDay ?? NO_DAY,
        subject: JSON.stringify(subject),
        assessment: JSON.stringify(assessment),
      },
      condition: fromDay === null ? { absent: true } : { attribute: 'lastDay', equals: fromDay },
    };
    // An outcome that stays unknown is thrown: the next run reads where the subject stands, and the sweep publishes.
    const writes = [write, ...(alert ? claimWrites([alert.claim], alert.held) : [])];
    const result = await withPatience(() => this.#table.transact(writes), false);
    return result === 'committed' ? 'advanced' : 'behind';
  }
}
