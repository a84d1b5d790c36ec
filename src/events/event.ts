/** For whom a row of the log is: everybody who may know, only the owner, or everybody but the owner. */
export type Audience = 'all' | 'owner' | 'others';

/** An event that is about to be appended. Its position is drawn by the append itself. */
export interface EventDraft {
  readonly audience: Audience;
  /** Organisation number of the service owner as of now. */
  readonly owner: string;
  /** The dialog's own count of log rows; null for events from outside. */
  readonly change: number | null;
  /** The dialog's count of published events, contiguous from 1; null for our own events and those from outside. */
  readonly dialogSequence: number | null;
  readonly type: string;
  readonly resource: string;
  readonly resourceInstance: string | null;
  readonly subject: string | null;
  readonly source: string;
  readonly id: string;
  /** Wire time. */
  readonly time: string | null;
  /** The CloudEvent as JSON text, sent as these bytes. */
  readonly bytes: string;
  /** W3C traceparent of the request that caused it. */
  readonly trace: string | null;
}

/** A row of the log. Positions stay below 2^53 and are numbers inside the house, never on the wire. */
export interface LogRow {
  readonly position: number;
  readonly audience: Audience;
  readonly owner: string;
  readonly change: number | null;
  readonly dialogSequence: number | null;
  readonly type: string;
  readonly resource: string;
  readonly resourceInstance: string | null;
  readonly subject: string | null;
  readonly source: string;
  readonly id: string;
  readonly bytes: string;
  readonly trace: string | null;
}
