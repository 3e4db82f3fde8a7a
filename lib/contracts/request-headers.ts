/** Header by which a key of the organisation names the tenant that it acts in, in lower case. */
export const TENANT_HEADER = 'tokenledger-tenant';
