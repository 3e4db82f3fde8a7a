import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { BUNDLING_STACKS } from 'aws-cdk-lib/cx-api';
import { LedgerStack, type LedgerStackProps } from './ledger-stack.ts';

/** Id of the stack in the app, and its name unless the props give another. */
export const STACK_ID = 'Tokenledger';

/** A CloudFormation template as parsed JSON. */
export type Template = Readonly<Record<string, unknown>>;

/** The app with its one stack, ready to be synthesised. */
export function createLedgerApp(props: LedgerStackProps = {}, appProps: AppProps = {}): App {
  const app = new App(appProps);
  new LedgerStack(app, STACK_ID, { description: 'Usage ledger for LLM calls', ...props });
  return app;
}

/**
 * Synthesises the ledger's template in this process, without bundling the handlers and without CDK's own check of the
 * template, which takes longer than all the rest: whoever deploys has it checked.
 * @returns the template; metadata of each function names the source of its handler
 */
export function synthesizeLedgerTemplate(props: LedgerStackProps = {}): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'tokenledger-synth-'));
  try {
    const app = createLedgerApp(props, {
      outdir,
      context: { [BUNDLING_STACKS]: [] },
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
    });
    return app.synth().getStackByName(props.stackName ?? STACK_ID).template as Template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
