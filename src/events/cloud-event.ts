/**
 * A CloudEvent 1.0 in structured JSON as the Dialogporten contract shapes it (`spec`: attributes in this order, nulls
 * left out). `dialogsequence` and `dialogsequenceafter` are extension attributes of ours.
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time?: string | undefined;
  readonly resource?: string | undefined;
  readonly resourceinstance?: string | undefined;
  readonly subject?: string | undefined;
  readonly dialogsequence?: number | undefined;
  readonly dialogsequenceafter?: number | undefined;
  readonly data?: unknown;
}

/** The bytes that the log keeps and every channel sends. Members that are undefined are left out. */
export function toBytes(event: CloudEvent): string {
  return JSON.stringify(event);
}
