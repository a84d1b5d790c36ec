import { expect, test } from 'vitest';
import { Failure } from '../../src/lib/errors.ts';
import { openLog } from '../../src/lib/log.ts';

/** The line that is written about an error. */
function lineAbout(err: unknown): string {
  const lines: string[] = [];
  const log = openLog({ level: 'info', destination: { write: (line) => lines.push(line) } });
  log.error({ err }, 'a request failed');
  return lines.join('');
}

test('a row that PostgreSQL refused does not reach the log, also not as a cause', () => {
  const refused = Object.assign(new Error('null value in column "party"'), {
    code: '23502',
    detail: 'Failing row contains (Kari Nordmann).',
  });
  for (const error of [refused, new Failure('database-unavailable', { cause: refused })]) {
    const line = lineAbout(error);
    expect(line).toContain('null value in column');
    expect(line).toContain('log.test.ts');
    expect(line).not.toContain('Kari');
  }
  expect(JSON.parse(lineAbout(refused))).toMatchObject({ err: { code: '23502' } });
});

test('a text about an error stays as it is, with person numbers masked', () => {
  expect(JSON.parse(lineAbout('08844397713 is taken'))).toMatchObject({ err: '*********** is taken' });
});
