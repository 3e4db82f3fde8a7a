import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { BUNDLING_STACKS } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type FunctionName, HANDLER_SOURCE_METADATA } from '../../lib/contracts/environment.ts';
import { createLedgerApp, synthesizeLedgerTemplate } from '../../lib/infra/ledger-app.ts';
import type { LedgerStackProps } from '../../lib/infra/ledger-stack.ts';

/** A statement of a policy, as a template has it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

/** The stack's template with ways to find things in it. */
export function synthesize(props: LedgerStackProps = {}) {
  const template = synthesizeLedgerTemplate(props);
  const resources = Object.entries(template['Resources'] as Record<string, Resource>);
  const find = (type: string): [string, Resource][] => resources.filter(([, { Type }]) => Type === type);
  const functionOf = (name: FunctionName): [string, Resource] => {
    const source = `functions/${name}/handler.ts`;
    const found = find('AWS::Lambda::Function').find(
      ([, resource]) => resource.Metadata?.[HANDLER_SOURCE_METADATA] === source,
    );
    if (!found) throw new Error(`no function ${name} in the template`);
    return found;
  };
  const roleOf = (name: FunctionName): string =>
    (functionOf(name)[1].Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
  return {
    template,
    resources,
    find,
    functionOf,
    roleOf,
    outputs: Object.keys(template['Outputs'] as object),
    /** A variable of a function, as the template has it. */
    variableOf(name: FunctionName, variable: string): unknown {
      const { Variables } = functionOf(name)[1].Properties['Environment'] as { Variables: Record<string, unknown> };
      return Variables[variable];
    },
    /** What a function's role may do. */
    statementsOf(name: FunctionName): readonly Statement[] {
      const role = roleOf(name);
      return find('AWS::IAM::Policy')
        .filter(([, { Properties }]) => JSON.stringify(Properties['Roles']).includes(`"${role}"`))
        .flatMap(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
    },
    /** The policy of the queue with this logical id's beginning, `UsageQueue` for instance. */
    queueStatementsOf(prefix: string): readonly Statement[] {
      return find('AWS::SQS::QueuePolicy')
        .filter(([id]) => id.startsWith(`${prefix}Policy`))
        .flatMap(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
    },
  };
}

/**
 * Synthesises the app with the AwsSolutions rules on, without bundling.
 * @throws Error naming the findings
 */
export function checkWithNag(props: LedgerStackProps): void {
  const outdir = mkdtempSync(join(tmpdir(), 'tokenledger-nag-'));
  try {
    const app = createLedgerApp(props, { outdir, context: { [BUNDLING_STACKS]: [] }, analyticsReporting: false });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
