import { QueueUnavailableError } from '../../../lib/adapters/sqs/usage-queues.ts';
import { submitEvents } from '../../../lib/app/recording/submit-events.ts';
import { MESSAGE_ATTRIBUTES } from '../../../lib/contracts/message-attributes.ts';
import type { GarbageDeed, SendDeed } from '../history/history.ts';
import type { Mail } from '../history/mail.ts';
import { roleOf, STRANGER_ROLE, TENANTS, tenantAt } from '../history/tenants.ts';
import type { People } from './people.ts';
import type { World } from './world.ts';

/** Longest time after which a sender that was not told anything sends again. */
const RETRY_MS = 700;
const API_LIFE_MS = 29_000;
const APIS = 3;

/** Sends a message as its sender does, and again when the sender was not told that it was taken. */
export async function send(world: World, people: People, mail: Mail): Promise<void> {
  const { deed } = mail;
  const isEmpty = mail.calls.length + mail.rejects.length === 0;
  if (isEmpty) return;
  if (deed.kind === 'send' && (deed.via === 'api' || deed.via === 'import')) {
    await submit(world, people, mail, deed.via === 'api' ? 'usage' : 'import', deed);
  } else await sendDirectly(world, mail, deed);
}

async function sendDirectly(world: World, { body }: Mail, deed: SendDeed | GarbageDeed): Promise<void> {
  const tenant = tenantAt(deed.tenant);
  const via = deed.kind === 'send' ? deed.via : 'sqs';
  const fate = deed.kind === 'send' ? deed.fate : 'fine';
  const role = via === 'stranger' ? STRANGER_ROLE : roleOf(tenant);
  const other = TENANTS.find((each) => each !== tenant) ?? tenant;
  const attributes: Record<string, string> = via === 'forger' ? { [MESSAGE_ATTRIBUTES.tenant]: other.tenant } : {};
  const accept = () => world.queues.usage.send({ body, senderId: `${role}:session`, attributes });
  if (fate === 'fine') {
    accept();
    return;
  }
  world.count(`send ${fate}`);
  if (fate === 'lost-answer') accept();
  await world.time.sleep(world.random.below(RETRY_MS));
  accept();
}

async function submit(
  world: World,
  people: People,
  mail: Mail,
  queue: 'usage' | 'import',
  deed: SendDeed,
): Promise<void> {
  const { tenant } = tenantAt(deed.tenant);
  let { fate } = deed;
  for (let attempt = 0; attempt < 8; attempt++) {
    const end = await people.api((deed.tenant + attempt) % APIS).invoke([], API_LIFE_MS, (ports) => {
      const taking = async (...given: Parameters<typeof ports.queues.send>) => {
        const [, , bodies] = given;
        for (const body of bodies) world.mailByBody.set(body, { ...mail, body, rejects: [] });
        const happens = fate;
        fate = 'fine';
        if (happens !== 'lost-request') await ports.queues.send(...given);
        if (happens === 'fine') return;
        world.count(`send ${happens}`);
        throw new QueueUnavailableError('the queue did not answer');
      };
      return submitEvents({ queues: { send: taking }, now: world.time.now }, tenant, queue, mail.body);
    });
    if (end !== 'died' && end !== 'failed') {
      checkRefusals(world, mail, end.answer);
      return;
    }
    await world.time.sleep(world.random.below(RETRY_MS));
  }
}

function checkRefusals(world: World, mail: Mail, answer: Awaited<ReturnType<typeof submitEvents>>): void {
  const refused = answer.refused.map(({ reason, id }) => `${reason} ${id}`).sort();
  const expected = mail.rejects.map(({ reason, id }) => `${reason} ${id}`).sort();
  if (refused.join() === expected.join() && answer.accepted === mail.calls.length) return;
  world.wrongRefusals.push(`accepted ${answer.accepted}, refused ${refused.join()}; expected ${expected.join()}`);
}
