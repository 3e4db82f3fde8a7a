import type { Table, TransactWrite } from '../../lib/adapters/dynamodb/table.ts';
import type { TableCall } from './faulty-table.ts';

/**
 * A table whose every call waits for its turn, so that calls of many interleave.
 *
 * @param waitForTurn - resolves when a call of this kind may take effect
 * @param checkTransaction - throws where the table is to refuse a transaction
 */
export function interleave(
  table: Table,
  waitForTurn: (call: TableCall) => Promise<unknown>,
  checkTransaction: (writes: readonly TransactWrite[]) => void = () => undefined,
): Table {
  const inTurn = async <T>(call: TableCall, proceed: () => Promise<T>): Promise<T> => {
    await waitForTurn(call);
    return proceed();
  };
  return {
    get: (key) => inTurn('get', () => table.get(key)),
    query: (query) => inTurn('query', () => table.query(query)),
    put: (item, condition) => inTurn('put', () => table.put(item, condition)),
    delete: (key, condition) => inTurn('delete', () => table.delete(key, condition)),
    addToSet: (key, attribute, member) => inTurn('addToSet', () => table.addToSet(key, attribute, member)),
    add: (key, sums) => inTurn('add', () => table.add(key, sums)),
    transact: (writes) =>
      inTurn('transact', async () => {
        checkTransaction(writes);
        return table.transact(writes);
      }),
  };
}
