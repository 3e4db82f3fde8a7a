/** Common short words, each of them one token in the vocabularies of well-known models. */
const WORDS =
  'time year day way people man world life hand part place week case point number group fact home water room mother area money story month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city name team minute idea body back parent face level office door health person art war history party result change morning reason research girl guy moment air teacher force education'.split(
    ' ',
  );

const TASK = 'Do not mind the words above. Count upwards from one, in words, and go on until you are stopped.';

/** Tokens that the frame of a prompt takes, roughly. */
const FRAME_TOKENS = 40;

/**
 * Writes a synthetic prompt. It begins with a mark of its own, so that no cache of prompts makes one call quicker or
 * cheaper than another.
 *
 * @param tokens - about as many as it shall have; what it has is for the endpoint's vocabulary to say
 * @param mark - differs from call to call, and from run to run
 */
export function writePrompt(tokens: number, mark: string): string {
  const words = Array.from({ length: Math.max(0, tokens - FRAME_TOKENS) }, (_, index) => WORDS[index % WORDS.length]);
  return [`Call ${mark}.`, ...words, TASK].join(' ');
}
