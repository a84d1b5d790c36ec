import type {
  AccessCatalogue,
  DecisionPoint,
  Identity,
  Register,
  ResourceRegistry,
} from '../access/ports.ts';
import type { Database } from '../db/database.ts';
import type { Log } from '../lib/log.ts';

/** What a dialog token is made from (Dialogporten contract, "Dialog token"). */
export interface DialogTokenRequest {
  readonly identity: Identity;
  readonly dialogId: string;
  readonly party: string;
  readonly serviceResource: string;
  /** What the caller may do: `action`, or `action,authorizationAttribute`. */
  readonly actions: readonly string[];
}

/** Everything that the commands and queries of this room need. */
export interface DialogsOptions {
  readonly database: Database;
  readonly registry: ResourceRegistry;
  readonly register: Register;
  readonly decide: DecisionPoint;
  readonly catalogue: AccessCatalogue;
  /** Origin of the API, without a trailing slash; it stands in every event's source. */
  readonly baseUrl: string;
  /** How long a purged dialog's id is kept from being used again: as long as its events are. */
  readonly retentionDays: number;
  /** Called the moment a COMMIT that has made the log grow has returned. */
  readonly committed: () => void;
  /** The id that end users see in place of a person's URN. */
  readonly maskActor: (urn: string) => string;
  readonly issueDialogToken: (request: DialogTokenRequest) => Promise<string> | string;
  readonly log: Log;
}
