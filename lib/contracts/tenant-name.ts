/** Names that a tenant may have: short enough for a key of the table, and the same in every path and header. */
export const TENANT_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
