import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { releaseDialog } from '../../src/dialogs/release.ts';
import { type AppUnderTest, type Asked, create, openApp, plain } from '../support/dialog-client.ts';
import { DialogModel, STEPS, type Step } from '../support/dialog-model.ts';
import { eventsOf, type LoggedEvent, shortTypes } from '../support/event-log.ts';

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const owner = { actorType: 'ServiceOwner' };
const set = (path: string, value: unknown): Asked => ({ body: [{ op: 'replace', path, value }] });

type Act = (id: string, silent: string) => Promise<{ readonly status: number }>;
const at = (id: string, rest = '') => `/serviceowner/dialogs/${id}${rest}`;
const patch = (id: string, silent: string, asked: Asked) => app.send('PATCH', at(id, silent), asked);
const append =
  (part: string, body: object): Act =>
  (id, silent) =>
    app.send('POST', at(id, `/${part}${silent}`), { body });

const label = (id: string, wanted: string) =>
  app.send('PUT', `/enduser/dialogs/${id}/context/systemlabels`, { body: { addLabels: [wanted] } });

const ACTS: Record<Exclude<Step, 'time passes'>, Act> = {
  nothing: (id, silent) => patch(id, silent, { body: [] }),
  status: (id, silent) => patch(id, silent, set('/extendedStatus', randomUUID())),
  reference: (id, silent) => patch(id, silent, set('/externalReference', randomUUID())),
  activity: append('activities', { type: 'FormSaved', performedBy: owner }),
  transmission: append('transmissions', { type: 'Alert', sender: owner, content: { title: plain('a') } }),
  submission: append('transmissions', { type: 'Submission', sender: owner, content: { title: plain('a') } }),
  delete: (id, silent) => app.send('DELETE', at(id, silent)),
  restore: (id, silent) => app.send('POST', at(id, `/actions/restore${silent}`)),
  purge: (id, silent) => app.send('POST', at(id, `/actions/purge${silent}`)),
  freeze: (id, silent) => app.send('POST', at(id, `/actions/freeze${silent}`), { as: 'admin' }),
  read: (id) => app.send('GET', `/enduser/dialogs/${id}`),
  archive: (id) => label(id, 'Archive'),
  mark: (id) => label(id, 'MarkedAsUnopened'),
  'owner label': (id) => app.send('POST', at(id, '/context/labels'), { body: { value: randomUUID() } }),
};

const makeDue = sql(
  'test.make-due',
  `UPDATE dialog SET visible_from = now() - interval '1 second', updated_at = now() - interval '1 second'
    WHERE id = $1 AND held`,
);

async function take(id: string, step: Step, silent: boolean): Promise<number> {
  if (step !== 'time passes') return (await ACTS[step](id, silent ? '?isSilentUpdate=true' : '')).status;
  await app.database.query(makeDue, [id]);
  await releaseDialog(app.dialogs, id);
  return 0;
}

const forOwner = (events: LoggedEvent[]) => events.filter(({ audience }) => audience !== 'others');
const forOthers = (events: LoggedEvent[]) => events.filter(({ audience }) => audience !== 'owner');

/** Published events count from one without a gap for whoever reads them, and rows of the log do too. */
function expectNumbered(events: LoggedEvent[]): void {
  const numbers = events.map(({ change }) => change);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  for (const readable of [forOwner(events), forOthers(events)]) {
    const sequence = readable.flatMap(({ dialogSequence }) => dialogSequence ?? []);
    expect(sequence).toEqual(sequence.map((_, index) => index + 1));
  }
}

const steps = fc.array(fc.record({ step: fc.constantFrom(...STEPS), silent: fc.boolean() }), {
  maxLength: 12,
});

test('any sequence of commands answers and tells what the model does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), steps, async (held, sequence) => {
      const id = await create(app, held ? { visibleFrom: '2099-01-01T00:00:00Z' } : {});
      const model = new DialogModel(held);
      for (const { step, silent } of sequence) {
        const status = model.take(step, silent);
        expect({ step, status: await take(id, step, silent) }).toEqual({ step, status });
      }
      const events = await eventsOf(app.database, id);
      expect(shortTypes(forOwner(events))).toEqual(model.owner);
      expect(shortTypes(forOthers(events))).toEqual(model.others);
      expectNumbered(events);
    }),
    { numRuns: 60 },
  );
});

const RACING = [
  'status',
  'reference',
  'activity',
  'transmission',
  'delete',
  'restore',
  'read',
  'archive',
  'owner label',
  'time passes',
] as const;
const race = fc.array(fc.constantFrom(...RACING), { minLength: 2, maxLength: 8 });

test('commands at the same moment each win or are told why not, and the numbers stay whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), race, async (held, racing) => {
      const id = await create(app, held ? { visibleFrom: '2099-01-01T00:00:00Z' } : {});
      const statuses = await Promise.all(racing.map((step) => take(id, step, false)));
      const allowed = [0, 200, 201, 204, 404, 409, 410];
      expect(statuses.filter((status) => !allowed.includes(status))).toEqual([]);
      const events = await eventsOf(app.database, id);
      expectNumbered(events);
      const types = shortTypes(forOwner(events));
      const won = (step: string) =>
        racing.filter((each, index) => each === step && statuses[index]! < 300).length;
      const changes = won('status') + won('reference') + won('activity') + won('transmission');
      const seen = types.filter((type) => type === 'seen').length;
      expect(types.filter((type) => type === 'updated')).toHaveLength(changes + seen);
      expect(types.filter((type) => type === 'activity.form-saved')).toHaveLength(won('activity'));
      expect(types.filter((type) => type === 'deleted')).toHaveLength(won('delete'));
    }),
    { numRuns: 40 },
  );
});
