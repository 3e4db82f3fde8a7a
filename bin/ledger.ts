import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createLedgerApp } from '../lib/infra/ledger-app.ts';
import type { LedgerStackProps } from '../lib/infra/ledger-stack.ts';

/**
 * This company's ledger. docs/senders.md shows what `senders`, `access` and `throttle` may say,
 * docs/alerts.md what `alerts` may; all may be left out.
 */
const settings: LedgerStackProps = {};

const app = createLedgerApp(settings);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
