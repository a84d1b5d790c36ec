import { join } from 'node:path';
import { pause } from '../../src/lib/time.ts';
import { freePort } from '../free-port.ts';
import type { Random } from '../stress/random.ts';
import { ServerProcess } from './server-process.ts';

export interface FleetOptions {
  /** Folder of the run: keys, registry, what the processes say. */
  readonly directory: string;
  /** Connection string for the sessions of a process. */
  readonly databaseUrl: (name: string) => string;
  /** URL of the folder of the built program. */
  readonly program: string;
  /** Over those of chaos, without the prefix. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** How the processes are configured: every wait short, so that a round sees the end of it. */
const SETTINGS = {
  ...{ ROLES: 'api,dispatch', LOG_LEVEL: 'info', LEASE_MS: '3000', POLL_MS: '1000' },
  ...{ RETRY_SCHEDULE_S: '1,1,2,2', SHUTDOWN_MS: '3000' },
  ...{ CONNECT_TIMEOUT_MS: '1000', HEADERS_TIMEOUT_MS: '1000' },
  ...{ BODY_TIMEOUT_MS: '1000', ATTEMPT_TIMEOUT_MS: '1500' },
  ...{ DATABASE_MAX_CONNECTIONS: '8', DATABASE_CONNECT_TIMEOUT_MS: '1500' },
} as const;

const START_AGAIN = 200;

/** The processes under test: one to three at a time, each with a name and a port that it keeps. */
export class Fleet implements AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #ports = new Map<string, number>();
  readonly #processes = new Map<string, ServerProcess>();
  /** Being started again, after whatever has ended them. */
  readonly #starting = new Map<string, Promise<void>>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get alive(): ServerProcess[] {
    return [...this.#processes.values()].filter((process) => process.isAlive);
  }

  /** Any process that is there. */
  pick(random: Random): ServerProcess | undefined {
    const { alive } = this;
    return alive[random.below(alive.length)];
  }

  /** So many processes run with right clocks; those above end in order. */
  async resize(size: number): Promise<void> {
    await this.whole();
    const names = Array.from({ length: size }, (_, index) => `process-${index + 1}`);
    const above = [...this.#processes].filter(([name]) => !names.includes(name));
    for (const [name, process] of above) {
      this.#processes.delete(name);
      await process.end();
    }
    await Promise.all(
      names.filter((name) => !this.#processes.get(name)?.isAlive).map((name) => this.start(name)),
    );
  }

  /** Starts the process, again and again when the ground is not there yet. */
  start(name: string, skew = 0): Promise<void> {
    const starting = this.#starting.get(name) ?? this.#start(name, skew);
    this.#starting.set(name, starting);
    return starting.finally(() => this.#starting.delete(name));
  }

  /** Resolves when everybody who is being started runs. */
  async whole(): Promise<void> {
    await Promise.all(this.#starting.values());
    for (const [name, process] of this.#processes) if (!process.isAlive) await this.start(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#starting.values());
    await Promise.all(this.alive.map((process) => process.end()));
  }

  async #start(name: string, skew: number): Promise<void> {
    const { directory, databaseUrl, program, settings } = this.#options;
    const port = this.#ports.get(name) ?? (await freePort());
    this.#ports.set(name, port);
    for (;;) {
      const process = new ServerProcess({
        ...{ name, port, program, skew, logFile: join(directory, `${name}.log`) },
        settings: {
          ...SETTINGS,
          ...{ DATABASE_URL: databaseUrl(name), DATA_DIR: directory },
          REGISTRY_DIR: join(directory, 'registry'),
          ...settings,
        },
      });
      this.#processes.set(name, process);
      if (await process.started()) return;
      await pause(START_AGAIN);
    }
  }
}
