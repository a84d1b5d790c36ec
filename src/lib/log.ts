import { type DestinationStream, type Level, type Logger, pino } from 'pino';
import { maskPersonNumbers } from './person-number.ts';

/** A structured log: `log.info({ field }, 'what happened')`. */
export type Log = Logger;

export interface LogOptions {
  readonly level: Level | 'silent';
  /** Where lines go; standard error unless given. */
  readonly destination?: DestinationStream;
}

/**
 * An error without what it carries along: PostgreSQL puts the row that it refused into `detail`, and rows hold names and
 * what people wrote. Text stays text.
 */
function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = pino.stdSerializers.err(error);
  return { type, message, stack, ...('code' in error && { code: error.code }) };
}

/** One line of JSON per event, to standard error, with person numbers masked in the finished line. */
export function openLog(options: LogOptions): Log {
  const out = options.destination ?? pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level: options.level,
      base: null,
      serializers: { err: errorForLog },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: ['*.authorization', '*.secret', '*.token', '*.password'], censor: '[masked]' },
    },
    { write: (line: string) => out.write(maskPersonNumbers(line)) },
  );
}
