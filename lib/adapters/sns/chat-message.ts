import type { PublishCommand } from '@aws-sdk/client-sns';
import type { AlertMessage } from '../../domain/alerts/alert.ts';
import { toMessageAttributes, toSendable } from './alert-publisher.ts';

// A section of a Slack message takes 3,000 characters; the fence and the line that says of the cut fit besides.
const MAX_DESCRIPTION_LENGTH = 2_800;
const MAX_THREAD_LENGTH = 200;

/**
 * The request for one alert to chat channels: a custom notification of Amazon Q Developer in chat applications (which
 * was AWS Chatbot). Other messages on its topic would never be shown, hence a topic apart.
 *
 * Alerts about the same thing share a thread. Names that senders chose stand in a block without markup, and nothing in
 * them can address people or hide a link.
 *
 * @see https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
export function toChatInput(topicArn: string, message: AlertMessage): PublishCommand['input'] {
  const { alertId, kind, severity, tenant, about, subject, text } = message;
  const notification = {
    version: '1.0',
    source: 'custom',
    id: alertId,
    content: {
      textType: 'client-markdown',
      title: toPlain(subject),
      description: `\`\`\`\n${toBlockText(shorten(text, alertId))}\n\`\`\``,
      nextSteps: [
        `Say that you are on it: \`tokenledger alerts acknowledge ${alertId}\``,
        `Hear nothing more about it for a day: \`tokenledger alerts snooze ${alertId} --hours 24\``,
      ],
      keywords: [kind, severity, tenant],
    },
    metadata: {
      threadId: `${tenant} ${about.join(' ')}`.slice(0, MAX_THREAD_LENGTH),
      summary: toPlain(message.sms),
      eventType: `tokenledger.${kind}`,
      additionalContext: Object.fromEntries(
        Object.entries(message.attributes).map(([name, value]) => [name, toPlain(value)]),
      ),
      enableCustomActions: true,
    },
  };
  return {
    TopicArn: topicArn,
    Message: toSendable(JSON.stringify(notification)),
    MessageAttributes: toMessageAttributes(message),
  };
}

function shorten(text: string, alertId: string): string {
  const whole = text.trimEnd();
  if (whole.length <= MAX_DESCRIPTION_LENGTH) return whole;
  const kept = whole.slice(0, whole.lastIndexOf('\n', MAX_DESCRIPTION_LENGTH));
  return `${kept}\n... cut here; whole: GET /v1/alerts/${alertId}`;
}

/** Text in which nothing addresses people or hides a link, in the markup of Slack or of Teams. */
function toPlain(text: string): string {
  return toBlockText(text).replaceAll('`', "'").replaceAll('](', '] (');
}

/** Text for a block without markup: Slack reads angle brackets even there, and the block must not end early. */
function toBlockText(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›').replaceAll('```', "'''");
}
