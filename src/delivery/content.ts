import { type Format, isSlack } from '../subscriptions/manner.ts';
import { type Content, toBinary } from './binary-mode.ts';

/** Where a subscription is sent, and how. */
export interface Destination {
  readonly endpoint: string;
  readonly format: Format;
}

/**
 * Puts CloudEvents, each as JSON text, into a request (CloudEvents 1.0, HTTP protocol binding §3). Only a batch takes
 * more than one. Structured events keep their bytes; as `application/json` they are what subscribers of Altinn Events
 * get. Slack takes a message whose text is the event.
 */
export function contentOf({ endpoint, format }: Destination, events: readonly string[]): Content {
  if (format === 'batch') return json('application/cloudevents-batch+json', `[${events.join(',')}]`);
  const [event] = events;
  if (event === undefined || events.length > 1) throw new TypeError(`${format} takes one event`);
  if (isSlack(endpoint)) return json('application/json', JSON.stringify({ text: event }));
  if (format === 'structured') return json('application/json', event);
  const binary = format === 'binary' ? toBinary(event) : undefined;
  return binary ?? json('application/cloudevents+json', event);
}

function json(mediaType: string, body: string): Content {
  return { headers: { 'content-type': `${mediaType}; charset=utf-8` }, body };
}
