import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';

/** What entries of a capacity say in the place of a model: it tells their spend apart from that of calls. */
export function nameCapacityModel(name: string): string {
  return `capacity:${name}`;
}

/** What entries of a capacity say in the place of an operation. */
export const CAPACITY_OPERATIONS = { used: 'capacity_used', unused: 'capacity_unused' } as const;

/** Whether a leaf is named as those of a capacity's entries are. Only a sender who calls a model so could blur that. */
export function isCapacityLeaf(leaf: Leaf): boolean {
  const operation = leaf[OPERATION_PLACE];
  return (
    (operation === CAPACITY_OPERATIONS.used || operation === CAPACITY_OPERATIONS.unused) &&
    leaf[MODEL_PLACE]?.startsWith(nameCapacityModel('')) === true
  );
}

const MODEL_PLACE = DIMENSIONS.indexOf('model');
const OPERATION_PLACE = DIMENSIONS.indexOf('operation');
