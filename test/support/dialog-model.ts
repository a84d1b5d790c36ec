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
  'time passes',
] as const;

export type Step = (typeof STEPS)[number];

const LABELS = 'budstikka.dialog.labels.v1';
const VISIBLE = 'budstikka.dialog.visible.v1';

/** What is told of a change beside `updated`. */
const APPENDED: Partial<Record<Step, string>> = {
  activity: 'activity.form-saved',
  transmission: 'transmission.created',
  submission: 'transmission.created',
};

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
  #seen = false;
  #sent = false;

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
    if (!this.#seen) this.#tell(false, 'updated', 'seen');
    this.#seen = true;
    return 200;
  }

  #freeze(silent: boolean): number {
    if (!this.#frozen) this.#update('updated', silent);
    this.#frozen = true;
    return 204;
  }

  #change(step: Step, silent: boolean): number {
    const appended = APPENDED[step];
    if (step !== 'nothing') {
      this.#update('updated', silent);
      if (appended) this.#tell(silent, appended);
      if (step === 'submission' && !silent && !this.#sent) {
        this.#sent = true;
        this.#tell(false, LABELS);
      }
    }
    return appended ? 201 : 204;
  }

  /** Every change that is not silent has a time of its own, and what was seen before it is seen no more. */
  #update(type: string, silent: boolean): void {
    this.#tell(silent, type);
    if (!silent) this.#seen = false;
  }
}
