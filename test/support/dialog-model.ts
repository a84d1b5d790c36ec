/** Everything that may happen to one dialog in a run of the model. */
export const STEPS = [
  'nothing',
  'status',
  'reference',
  'activity',
  'transmission',
  'submission',
  'delete',
  'restore',
  'purge',
  'freeze',
  'read',
  'archive',
  'mark',
  'owner label',
  'time passes',
] as const;

export type Step = (typeof STEPS)[number];

const LABELS = 'budstikka.dialog.labels.v1';
const OWNER_LABELS = 'budstikka.dialog.ownerlabels.v1';
const VISIBLE = 'budstikka.dialog.visible.v1';

/** What is told of a change beside `updated`. */
const APPENDED: Partial<Record<Step, string>> = {
  activity: 'activity.form-saved',
  transmission: 'transmission.created',
  submission: 'transmission.created',
};

/** Steps after which the content counts as unseen. */
const CONTENT: ReadonlySet<Step> = new Set(['status', 'transmission', 'submission']);

interface Update {
  readonly silent: boolean;
  readonly appended?: string | undefined;
  readonly content?: boolean;
  readonly sent?: boolean;
}

/** A dialog in as few words as possible: what each step must answer, and who must be told what, in which order. */
export class DialogModel {
  /** What its owner is told. */
  readonly owner = ['created'];
  /** What everybody else is told. */
  readonly others: string[] = [];
  readonly #kept: string[] = [];
  #held: boolean;
  #due = false;
  #gone = false;
  #deleted = false;
  #frozen = false;
  #contentSeen = false;
  /** Whether the content was seen before, for each entry of the seen log since the last update. */
  readonly #entries = new Set<boolean>();
  #sent = false;
  #archived = false;
  #marked = false;

  constructor(held: boolean) {
    this.#held = held;
    (held ? this.#kept : this.others).push('created');
  }

  /** The status that the step must be answered with; 0 for what is not a request. */
  take(step: Step, silent: boolean): number {
    if (step === 'time passes') return this.#passTime();
    if (this.#gone) return 404;
    if (step === 'restore') return this.#restore(silent);
    if (step === 'purge') return this.#purge(silent);
    if (this.#deleted) return 410;
    if (step === 'read') return this.#read();
    if (step === 'owner label') return this.#labelAsOwner();
    if (step === 'archive' || step === 'mark') return this.#label(step);
    if (step === 'freeze') return this.#freeze(silent);
    if (this.#frozen) return 403;
    if (step === 'delete') return this.#delete(silent);
    return this.#change(step, silent);
  }

  #tell(silent: boolean, ...types: string[]): void {
    if (silent) return;
    this.owner.push(...types);
    (this.#held ? this.#kept : this.others).push(...types);
  }

  #release(): void {
    if (!this.#held || !this.#due || this.#deleted || this.#gone) return;
    this.#held = false;
    this.others.push(...this.#kept);
    this.#tell(false, VISIBLE);
  }

  #passTime(): number {
    this.#due = true;
    this.#release();
    return 0;
  }

  #restore(silent: boolean): number {
    if (!this.#deleted) return 204;
    this.#deleted = false;
    this.#release();
    this.#tell(silent, 'restored');
    return 204;
  }

  #purge(silent: boolean): number {
    if (!this.#deleted) this.#tell(silent, 'deleted');
    this.#kept.length = 0;
    this.#gone = true;
    return 204;
  }

  #delete(silent: boolean): number {
    this.#tell(silent, 'deleted');
    this.#deleted = true;
    return 204;
  }

  #read(): number {
    if (this.#held) return 404;
    const wasSeen = this.#contentSeen;
    if (this.#entries.size > 0 && wasSeen && !this.#marked) return 200;
    this.#tell(false, 'updated');
    if (!this.#entries.has(wasSeen)) this.#tell(false, 'seen');
    if (this.#marked) this.#tell(false, LABELS);
    this.#entries.add(wasSeen);
    this.#contentSeen = true;
    this.#marked = false;
    return 200;
  }

  /** Labels are the end user's, frozen or not; what is there already is not told again. */
  #label(step: 'archive' | 'mark'): number {
    if (this.#held) return 404;
    const isThere = step === 'archive' ? this.#archived : this.#marked;
    if (!isThere) this.#tell(false, LABELS);
    if (step === 'archive') this.#archived = true;
    else this.#marked = true;
    return 204;
  }

  /** Nobody else hears of it, not at a release either. */
  #labelAsOwner(): number {
    this.owner.push(OWNER_LABELS);
    return 204;
  }

  #freeze(silent: boolean): number {
    if (!this.#frozen) this.#update({ silent });
    this.#frozen = true;
    return 204;
  }

  #change(step: Step, silent: boolean): number {
    const appended = APPENDED[step];
    if (step !== 'nothing') {
      this.#update({ silent, appended, content: CONTENT.has(step), sent: step === 'submission' });
    }
    return appended ? 201 : 204;
  }

  /**
   * Every change that is not silent has a time of its own, so that whoever saw the dialog before it is noted again, and
   * takes the dialog out of the archive.
   */
  #update({ silent, appended, content = false, sent = false }: Update): void {
    this.#tell(silent, 'updated');
    if (appended) this.#tell(silent, appended);
    if (silent) return;
    const relabelled = this.#archived || (sent && !this.#sent);
    if (relabelled) this.#tell(false, LABELS);
    this.#archived = false;
    this.#sent ||= sent;
    this.#entries.clear();
    if (content) this.#contentSeen = false;
  }
}
