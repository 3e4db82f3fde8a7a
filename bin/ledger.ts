import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createLedgerApp } from '../lib/infra/ledger-app.ts';

const app = createLedgerApp();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
