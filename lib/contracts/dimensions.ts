/**
 * The dimensions by which spend is kept and may be grouped and filtered, in key order. `provider` is the resolved one
 * where rating could resolve it, else the one sent. `tag1` to `tag3` are the tags that a tenant declares (answers show
 * them as `tags.<name>`); `user` is kept only where the tenant switches it on, as a pseudonym.
 */
export const DIMENSIONS = [
  'app',
  'environment',
  'team',
  'feature',
  'provider',
  'model',
  'operation',
  'service_tier',
  'region',
  'billing_account',
  'deployment',
  'user',
  'tag1',
  'tag2',
  'tag3',
] as const;

/** One dimension of {@link DIMENSIONS}. */
export type Dimension = (typeof DIMENSIONS)[number];

/** A leaf: one value (or null for "not sent") per dimension, in the order of {@link DIMENSIONS}. */
export type Leaf = readonly (string | null)[];
