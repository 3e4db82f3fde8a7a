import { generateKeyPairSync, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A key and the certificate of its own signing for a host, both as PEM; good for ten years around 2026. */
export function makeCertificate(host: string): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(objectId([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])); // ecdsa-with-SHA256
  const commonName = sequence(objectId([0x55, 0x04, 0x03]), node(0x0c, Buffer.from(host)));
  const name = sequence(node(0x31, commonName));
  const validity = sequence(time('20210101000000Z'), time('20410101000000Z'));
  // subjectAltName: a name of DNS is its text, an address its four bytes.
  const altName = isIPv4(host) ? node(0x87, Buffer.from(host.split('.').map(Number))) : node(0x82, Buffer.from(host));
  const extension = sequence(objectId([0x55, 0x1d, 0x11]), node(0x04, sequence(altName)));
  const body = sequence(
    node(0xa0, node(0x02, Buffer.from([2]))), // version 3
    node(0x02, Buffer.from([1])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    node(0xa3, sequence(extension)),
  );
  const signature = node(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]));
  const lines =
    sequence(body, algorithm, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}

/** A node of DER: its tag, its length and its content. */
function node(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const bytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function sequence(...content: readonly Buffer[]): Buffer {
  return node(0x30, Buffer.concat(content));
}

function objectId(bytes: readonly number[]): Buffer {
  return node(0x06, Buffer.from(bytes));
}

function time(text: string): Buffer {
  return node(0x18, Buffer.from(text));
}
