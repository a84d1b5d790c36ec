import type { Target } from './target.ts';
import type { wholeDialog } from './bodies.ts';

/** The dialogs that the requests are about. */
export interface World {
  readonly target: Target;
  /** URN of whoever reads. */
  readonly person: string;
  /** With everything, as it was created. */
  readonly whole: ReturnType<typeof wholeDialog>;
  readonly dialogId: string;
  readonly deletedId: string;
  readonly missingId: string;
  /** What else the dialog is known by. */
  readonly instanceRef: string;
}
