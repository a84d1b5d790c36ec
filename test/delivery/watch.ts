import { type Database, sql, type Statement } from '../../src/db/database.ts';

const WATCH: readonly Statement[] = [
  sql('test.went-back', 'CREATE TABLE went_back (what text NOT NULL)'),
  sql(
    'test.note',
    `CREATE FUNCTION note_step_back() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       INSERT INTO went_back VALUES (TG_TABLE_NAME || ': ' || OLD::text || ' to ' || NEW::text);
       RETURN NEW;
     END $$`,
  ),
  sql(
    'test.watch-lanes',
    `CREATE TRIGGER watch AFTER UPDATE ON lane FOR EACH ROW
     WHEN (NEW.cursor < OLD.cursor OR NEW.epoch < OLD.epoch) EXECUTE FUNCTION note_step_back()`,
  ),
  sql(
    'test.watch-own',
    `CREATE TRIGGER watch AFTER UPDATE ON own_position FOR EACH ROW
     WHEN (NEW.position < OLD.position) EXECUTE FUNCTION note_step_back()`,
  ),
];
const STEPS_BACK = sql('test.steps-back', 'SELECT what FROM went_back');

/** From here on the database writes down every cursor, epoch and own position that goes back. */
export async function watchPositions(database: Database): Promise<void> {
  for (const statement of WATCH) await database.query(statement);
}

export async function stepsBack(database: Database): Promise<string[]> {
  return (await database.query<{ what: string }>(STEPS_BACK)).map(({ what }) => what);
}
