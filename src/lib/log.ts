import { type DestinationStream, type Level, type Logger, pino } from 'pino';
import { maskPersonNumbers } from './person-number.ts';

/** A structured log: `log.info({ field }, 'what happened')`. */
export type Log = Logger;

export interface LogOptions {
  readonly level: Level | 'silent';
  /** Where lines go; standard error unless given. */
  readonly destination?: DestinationStream;
}

/** One line of JSON per event, to standard error, with person numbers masked in the finished line. */
export function openLog(options: LogOptions): Log {
  const out = options.destination ?? pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: ['*.authorization', '*.secret', '*.token', '*.password'], censor: '[masked]' },
    },
    { write: (line: string) => out.write(maskPersonNumbers(line)) },
  );
}
