import { describe, expect, it } from 'vitest';
import { renderTestAlert } from '../../../lib/domain/alerts/alert-test-message.ts';

const FACTS = { alertId: 'a1', tenant: 'acme', by: 'key_1', attributes: {}, asOfMs: 0 };

describe('the text of a test message', () => {
  it('has a link only where the address of the API is known', () => {
    const link = '/v1/alerts/a1';
    expect(renderTestAlert({ ...FACTS, apiUrl: 'https://ledger.example' }).text).toContain(
      `          https://ledger.example${link}\n`,
    );
    const { text, data } = renderTestAlert({ ...FACTS, apiUrl: null });
    expect(text).not.toContain(link);
    expect(text).toContain('Show it:  tokenledger alerts show a1\n');
    expect(data['show']).toEqual({ command: 'tokenledger alerts show a1', link });
  });
});
