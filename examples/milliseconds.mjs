// Changes a dialog and says after how many milliseconds each channel told of it, counted from the moment the server's
// COMMIT returned (development mode says when: Server-Timing).
//
//   node examples/milliseconds.mjs BASE DIALOG_ID OWNER_TOKEN END_USER_TOKEN

const [base, dialog, owner, endUser] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();
const as = (token, more = {}) => ({ headers: { authorization: `Bearer ${token}`, ...more } });

// Opening the dialog gives a dialog token; the token opens the live stream.
const opened = await fetch(`${base}/dialogporten/api/v1/enduser/dialogs/${dialog}`, as(endUser));
const { dialogToken, serviceResource, party } = await opened.json();
const stream = await fetch(`${base}/dialogporten/graphql`, {
  method: 'POST',
  ...as(dialogToken, { 'content-type': 'application/json', accept: 'text/event-stream' }),
  body: JSON.stringify({ query: `subscription { dialogEvents(dialogId: "${dialog}") { id type } }` }),
});

// Where the feed ends now: what comes after is new.
let feed = `${base}/events/api/v1/events?${new URLSearchParams({ after: '0', resource: serviceResource, subject: party })}`;
const poll = async () => {
  const page = await fetch(feed, as(endUser));
  feed = page.headers.get('next');
  return page.json();
};
while ((await poll()).length > 0);

async function live() {
  const decoder = new TextDecoder();
  for await (const part of stream.body) {
    if (decoder.decode(part).includes('DIALOG_UPDATED')) return now();
  }
}
async function polled() {
  for (;;) {
    const [event] = await poll();
    if (event) return { at: now(), event };
  }
}
// The stream tells of the opening too, if that was still on its way: wait until it has been silent for a moment.
await new Promise((resolve) => setTimeout(resolve, 300));
const seenLive = live();
const seenInFeed = polled();
const patched = await fetch(`${base}/dialogporten/api/v1/serviceowner/dialogs/${dialog}`, {
  method: 'PATCH',
  ...as(owner, { 'content-type': 'application/json' }),
  body: JSON.stringify([{ op: 'replace', path: '/progress', value: Math.floor(Math.random() * 100) }]),
});
const committed = Number(/commit;desc="([\d.]+)"/.exec(patched.headers.get('server-timing'))?.[1]);
const inFeed = await seenInFeed;
const atLive = await seenLive;
let arrived;
while (!arrived) {
  const received = await (await fetch(`${base}/dev/receiver`)).json();
  arrived = received.find((one) => one.body?.id === inFeed.event.id);
}

const rows = [
  ['webhook', arrived.body.type, arrived.at],
  ['live', 'DIALOG_UPDATED', atLive],
  ['feed', inFeed.event.type, inFeed.at],
];
for (const [channel, what, at] of rows) {
  console.log(channel.padEnd(9), what.padEnd(34), `${(at - committed).toFixed(1)} ms after the commit`);
}
process.exit(0);
