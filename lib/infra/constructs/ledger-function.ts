import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage, type Duration, type ILocalBundling, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import {
  type EnvironmentName,
  FUNCTION_ENVIRONMENT,
  type FunctionName,
  HANDLER_SOURCE_METADATA,
} from '../../contracts/environment.ts';

/** Settings of a {@link LedgerFunction}. */
export interface LedgerFunctionProps {
  /** Which function: its handler is `functions/<name>/handler.ts`, exporting `handler`. */
  readonly name: FunctionName;
  /** Longest run. */
  readonly timeout: Duration;
  /**
   * Memory, and with it the share of a processor.
   * @default 1769 one whole virtual processor
   */
  readonly memoryMegabytes?: number;
  /**
   * Retries of an invocation by schedule that failed.
   * @default 2
   */
  readonly retryAttempts?: number;
  /** Value of every variable the contract gives this function; more is an error, less too. */
  readonly environment: Readonly<Partial<Record<EnvironmentName, string>>>;
}

const PROJECT_ROOT = join(import.meta.dirname, '..', '..', '..');

/** One handler as a function: bundled by esbuild on this machine, with a role and a log group of its own. */
export class LedgerFunction extends Construct {
  /** The function, for mappings, schedules and integrations. */
  readonly function: LambdaFunction;
  /** What the function runs as; everything it may do is granted to this role. */
  readonly role: Role;

  constructor(scope: Construct, id: string, props: LedgerFunctionProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: bundledCode(props.name),
      role: this.role,
      logGroup,
      timeout: props.timeout,
      memorySize: props.memoryMegabytes ?? 1769,
      retryAttempts: props.retryAttempts ?? 2,
      environment: chooseEnvironment(props),
    });
    const resource = this.function.node.defaultChild as CfnFunction;
    resource.addMetadata(HANDLER_SOURCE_METADATA, `functions/${props.name}/handler.ts`);
  }
}

/** @throws Error when a variable of the contract has no value here */
function chooseEnvironment(props: LedgerFunctionProps): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of FUNCTION_ENVIRONMENT[props.name]) {
    const value = props.environment[name];
    if (value === undefined) throw new Error(`function ${props.name} needs ${name}, which the stack does not set`);
    values[name] = value;
  }
  return values;
}

/**
 * The handler's folder as an asset. Where the app switches bundling off (context `aws:cdk:bundling-stacks` = []),
 * the folder itself stands in and esbuild never runs.
 */
function bundledCode(name: FunctionName): Code {
  const folder = join(PROJECT_ROOT, 'functions', name);
  const local: ILocalBundling = {
    tryBundle(outputFolder) {
      bundleHandler(join(folder, 'handler.ts'), outputFolder);
      return true;
    },
  };
  // The image is required by the type and never pulled: the local bundler always answers.
  return Code.fromAsset(folder, {
    // By what was bundled: most of a function lies outside its folder, and a change there must be deployed too.
    assetHashType: AssetHashType.OUTPUT,
    bundling: { image: DockerImage.fromRegistry('scratch'), local },
  });
}

/**
 * Bundles one handler into `index.mjs`, with all it imports.
 * @returns size of the bundle in bytes
 */
export function bundleHandler(entryFile: string, outputFolder: string): number {
  const outputFile = join(outputFolder, 'index.mjs');
  buildSync({
    entryPoints: [entryFile],
    outfile: outputFile,
    absWorkingDir: PROJECT_ROOT,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // Packages that are still CommonJS call `require`, which an ES module does not have. The minifier does not see the
    // banner, so its names must be longer than any that the minifier makes.
    banner: {
      js: "import{createRequire as createBundleRequire}from'node:module';const require=createBundleRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return readFileSync(outputFile).byteLength;
}
