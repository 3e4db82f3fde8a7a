import type { RebuildDifference, Rebuilder, RebuildPage, RebuildRequest } from '../../../app/audits/rebuild-ports.ts';
import type { Tenants } from '../../../app/ports.ts';
import { invariant } from '../../../domain/errors.ts';
import type { Table } from '../table.ts';
import { auditPart } from './audit.ts';
import type { Finding } from './audit-context.ts';
import { CommitLog } from './commit-log.ts';
import { Dictionaries } from './dictionaries.ts';
import { PatientTable, type Surroundings } from './patient-table.ts';

/** How long one part tries what the table does not answer; well within what a gateway waits for. */
const PATIENCE_MS = 15_000;

/**
 * Rebuilds from the commits what is derived from them: an audit whose findings are mended, part by part. Totals are
 * put back only over the commit number that was read with them, everything else is written once anyway; so writers,
 * other rebuilds and one that died on its way do no harm. See docs/audit.md and docs/adr/0011-audit-and-rebuild.md.
 */
export class DynamoRebuilder implements Rebuilder {
  readonly #table: Table;
  readonly #tenants: Tenants;
  readonly #surroundings: Surroundings;

  constructor(table: Table, tenants: Tenants, surroundings: Surroundings) {
    this.#table = table;
    this.#tenants = tenants;
    this.#surroundings = surroundings;
  }

  async rebuild(tenant: string, { window, cursor, announce }: RebuildRequest): Promise<RebuildPage> {
    const config = await this.#tenants.find(tenant);
    invariant(config, `tenant ${tenant} is not known`);
    const table = new PatientTable(this.#table, this.#surroundings, this.#surroundings.now() + PATIENCE_MS);
    const ledger = { table, log: new CommitLog(table, tenant), dictionaries: new Dictionaries(table), tenant: config };
    const context = { ...ledger, ...(window ? { window } : {}), isMending: announce !== undefined };
    const { findings, ...part } = await auditPart(context, cursor);
    const repairable = findings.filter(({ mend }) => mend !== undefined);
    if (announce && repairable.length > 0) await announce(repairable.map(withoutMend));
    const differences: RebuildDifference[] = [];
    for (const finding of findings) {
      // One after the other: several may be about one item.
      const isRepaired = announce !== undefined && finding.mend !== undefined && (await finding.mend());
      differences.push({ ...withoutMend(finding), isRepairable: finding.mend !== undefined, isRepaired });
    }
    return { ...part, differences };
  }
}

const withoutMend = ({ kind, where, expected, found }: Finding) => ({ kind, where, expected, found });
