/** The two encodings of OTLP over HTTP. */
export type OtlpEncoding = 'protobuf' | 'json';

const CONTENT_TYPES = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

/** Which encoding a content type stands for; parameters such as a charset do not matter. */
export function otlpEncodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return 'protobuf';
  return type === CONTENT_TYPES.json ? 'json' : undefined;
}

/** The content type of an encoding. */
export function contentTypeOf(encoding: OtlpEncoding): string {
  return CONTENT_TYPES[encoding];
}
