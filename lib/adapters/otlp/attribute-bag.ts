import { MAX_ID_BYTES, MAX_TAGS, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import type { AttributeValue } from '../../domain/spans/span.ts';
import { isReadWhole, isSharedAttribute, TAG_PREFIX } from '../../domain/spans/span-attributes.ts';

/** What is kept of a text at most: one more than the contract takes, so that it is refused as the whole would be. */
const MAX_TEXT_LENGTH = MAX_ID_BYTES + 1;
const MAX_TAG_LENGTH = MAX_TEXT_BYTES + 1;

/** Ids of responses are digested where they are long; what a provider says of a response may be longer still. */
const MAX_WHOLE_LENGTH = 16_384;

/**
 * The attributes of a resource or of one span, bounded: every span has those of its resource too, so that a request of
 * a few kilobytes could stand for gigabytes. Of tags one too many is kept, of texts a character too many.
 */
export class AttributeBag {
  readonly values: Map<string, AttributeValue>;
  readonly #isShared: boolean;
  #tagCount: number;

  /** @param resource - whose attributes a span has where it has none of its own; undefined for a resource */
  constructor(resource?: AttributeBag) {
    this.values = new Map(resource?.values);
    this.#isShared = resource === undefined;
    this.#tagCount = resource ? resource.#tagCount : 0;
  }

  /** Keeps an attribute that is read; the last one of a name wins. */
  put(name: string, value: AttributeValue): void {
    if (name.startsWith(TAG_PREFIX)) this.#putTag(name, value);
    else if (this.#isShared && !isSharedAttribute(name)) return;
    else if (!isReadWhole(name)) this.values.set(name, cut(value, MAX_TEXT_LENGTH));
    else if (String(value).length <= MAX_WHOLE_LENGTH) this.values.set(name, value);
  }

  #putTag(name: string, value: AttributeValue): void {
    const key = name.slice(0, TAG_PREFIX.length + MAX_TAG_LENGTH);
    if (!this.values.has(key)) {
      if (this.#tagCount > MAX_TAGS) return;
      this.#tagCount++;
    }
    this.values.set(key, cut(value, MAX_TAG_LENGTH));
  }
}

function cut(value: AttributeValue, maxLength: number): AttributeValue {
  return typeof value === 'string' && value.length > maxLength ? value.slice(0, maxLength) : value;
}
