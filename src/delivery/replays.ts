import type { Database } from '../db/database.ts';
import type { LogRow } from '../events/event.ts';
import { monotonic } from '../lib/time.ts';
import { type LogPage, readLog } from '../reading/queries.ts';
import { isAskedFor } from '../subscriptions/matching.ts';
import type { Again, Beside } from './beside.ts';
import { filterOf } from './catch-up.ts';
import type { Course } from './course.ts';
import type { CourseDetails } from './course-loader.ts';
import type { HeldLane } from './lanes.ts';
import { toLetter } from './outcomes.ts';
import { advanceReplay, type RunningReplay } from './replay-queries.ts';
import type { Settler } from './settler.ts';

export interface ReplaysOptions {
  readonly database: Database;
  readonly beside: Beside;
  readonly settler: Pick<Settler, 'bury' | 'inTurn'>;
  readonly detailsOf: (course: Course) => CourseDetails;
  readonly laneOf: (course: Course) => HeldLane | undefined;
  /** Where the follower of the whole log stands. */
  readonly followed: () => number;
  /** Takes in the versions that came with a page. */
  readonly confirm: (page: LogPage, askedAt: number) => Promise<void>;
  readonly mainUnitOf: (subject: string | null) => string | undefined;
  /** Resolves when what became of events is written. */
  readonly written: (course: Course) => Promise<void>;
}

/** Events sent at a time: what may come twice when the process ends in the middle of it. */
const PAGE = { rows: 32, scan: 2000, bytes: 1 << 20 };

/**
 * Replays: what the log holds between two positions is sent again, page by page. What has not come to its end yet is
 * passed over, because it comes by itself. What is refused becomes a dead letter. A page is written as done when what
 * became of its events is; whoever owns the lane next goes on from there.
 */
export class Replays {
  readonly #options: ReplaysOptions;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** Sends one page of the replay that runs for the course. */
  async sendPage(course: Course, replay: RunningReplay): Promise<void> {
    const { database, beside, settler, detailsOf, laneOf, written } = this.#options;
    const details = detailsOf(course);
    const page = await this.#read(course, replay);
    const counts = { delivered: 0, withheld: 0, failed: 0, stopped: 0 };
    const goesOn = () => details.replay?.number === replay.number;
    await beside.sendAll(course, this.#againOf(course, replay, page), {
      goesOn,
      sent: (one, became) => {
        counts[became]++;
        if (became === 'failed') this.#bury(course, one);
      },
    });
    const lane = laneOf(course);
    if (course.ended || counts.stopped > 0 || !goesOn() || !lane) return;
    await written(course);
    const { delivered, withheld, refused } = replay;
    const next: RunningReplay = {
      ...{ ...replay, position: endOf(page, replay), delivered: delivered + counts.delivered },
      ...{ withheld: withheld + counts.withheld, refused: refused + counts.failed },
    };
    // In turn: whoever looks at replays meanwhile would take this one for one that is not known.
    await settler.inTurn(async () => {
      await advanceReplay(database, lane, next);
      if (goesOn()) details.replay = next.position < next.to ? next : undefined;
    });
  }

  async #read({ subscription }: Course, { position }: RunningReplay): Promise<LogPage> {
    const { database, confirm } = this.#options;
    const askedAt = monotonic();
    const page = await readLog(database, position, { filter: filterOf(subscription), budget: PAGE });
    await confirm(page, askedAt);
    return page;
  }

  #againOf(course: Course, { to }: RunningReplay, { rows }: LogPage): Again[] {
    const { mainUnitOf, followed } = this.#options;
    const { subscription } = course;
    const isMeant = (row: LogRow) =>
      row.position <= to &&
      isAskedFor(subscription, row, subscription.includeSubunits ? mainUnitOf(row.subject) : undefined) &&
      course.isOver(row, followed());
    return rows
      .filter(isMeant)
      .map((row) => ({ row, orderKey: course.orderKeyOf(row), replay: 'log', attempt: 1 }));
  }

  #bury(course: Course, { row, orderKey }: Again): void {
    const letter = toLetter(course, row, { orderKey, attempt: 1, cause: 'refused in a replay' });
    this.#options.settler.bury(course, letter);
  }
}

/** How far a page goes. Where nothing more is to be decided, the replay has come to its end, whatever is left of the log. */
function endOf({ next, more, undecided }: LogPage, { to }: RunningReplay): number {
  return more || undecided ? Math.min(next, to) : to;
}
