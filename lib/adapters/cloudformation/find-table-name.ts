import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { STACK_OUTPUTS } from '../../contracts/environment.ts';
import { LedgerError } from '../../domain/errors.ts';

/** The stack cannot lead to the ledger's table; the message says what is missing. */
export class StackLookupError extends LedgerError {
  override readonly name = 'StackLookupError';
  readonly code: 'stack/not-found' | 'stack/no-table' | 'stack/unreadable';
  readonly retryable = false;
  constructor(code: StackLookupError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Reads the name of a deployed ledger's table from the outputs of its stack, with the AWS credentials at hand.
 *
 * @param region - where the stack is; as the AWS settings at hand have it when left out
 * @throws {@link StackLookupError} when there is no such stack or output, or it may not be read
 */
export async function findTableName(stackName: string, region?: string): Promise<string> {
  const client = new CloudFormationClient({ maxAttempts: 2, ...(region === undefined ? {} : { region }) });
  try {
    const { Stacks: stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    const outputs = stacks[0]?.Outputs ?? [];
    const table = outputs.find(({ OutputKey: name }) => name === STACK_OUTPUTS.tableName)?.OutputValue;
    if (table !== undefined) return table;
    const known = outputs.map(({ OutputKey: name }) => name).join(', ') || 'none';
    const message = `the stack ${stackName} has no output ${STACK_OUTPUTS.tableName} (it has ${known}); is it a ledger, and is its deployment finished?`;
    throw new StackLookupError('stack/no-table', message);
  } catch (cause) {
    throw cause instanceof StackLookupError ? cause : explain(stackName, cause);
  } finally {
    client.destroy();
  }
}

function explain(stackName: string, cause: unknown): StackLookupError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Error && cause.name === 'ValidationError' && /does not exist/.test(reason)) {
    const message = `there is no stack ${stackName} in this account and region; npx cdk list names them, --region names another region`;
    return new StackLookupError('stack/not-found', message, { cause });
  }
  return new StackLookupError('stack/unreadable', `the stack ${stackName} cannot be read: ${reason}`, { cause });
}
