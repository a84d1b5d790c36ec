import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { Failure } from '../../src/lib/errors.ts';
import { openTestDatabase } from '../support/database.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { startEngine } from './harness.ts';

const MAIN = 'urn:altinn:organization:identifier-no:310923044';
const BRANCH = 'urn:altinn:organization:identifier-no:310923045';
const OWN = sql('test.own', 'SELECT subscription FROM own_position');

/** Knows one branch, while it answers. */
class Register {
  isSilent = false;

  readonly mainUnitOf = (subject: string | null): string | undefined => {
    this.#answer();
    return subject === BRANCH ? MAIN : undefined;
  };

  readonly learnMainUnits = async (): Promise<void> => this.#answer();

  #answer(): void {
    if (this.isSilent) throw new Failure('decision-unavailable');
  }
}

/** So few that the others fall asleep whenever they may. */
const FEW = { coursesMost: 1 };

test('a register that does not answer holds up those who ask for sub-units and nobody else', async () => {
  await using db = await openTestDatabase();
  await using receiver = await Receiver.open();
  const register = new Register();
  await using system = await startEngine(db, { register, settings: FEW });
  const got = (path: string) => receiver.events(path).map((event) => event['id']);
  const seeker = await system.subscribe(receiver.url('/units'), {
    ...{ subjectFilter: MAIN, includeSubunits: true },
  });
  await system.subscribe(receiver.url('/branch'), { subjectFilter: BRANCH });
  await system.subscribe(receiver.url('/all'));
  const known = await system.publish('a', { subject: BRANCH });
  await until('all have the first', () => [...got('/units'), ...got('/branch'), ...got('/all')].length === 3);

  register.isSilent = true;
  const later: string[] = [];
  for (const dialog of ['a', 'b', 'a']) later.push((await system.publish(dialog, { subject: BRANCH })).id);
  await until('the others have the rest', () => got('/branch').length + got('/all').length === 8);
  await until('the one who waits has a position of its own', async () => {
    return (await db.database.query<{ subscription: number }>(OWN)).some(
      (row) => row.subscription === seeker,
    );
  });
  expect(got('/units')).toEqual([known.id]);

  register.isSilent = false;
  await until('nobody has missed anything', () => got('/units').length === 4);
  expect(got('/units')[0]).toBe(known.id);
  expect(new Set(got('/units').slice(1))).toEqual(new Set(later));
});
