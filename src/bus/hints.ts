import { EventEmitter } from 'node:events';

/** "The log has grown", inside one process and between processes. Only ever a hint. */
export interface Bus extends AsyncDisposable {
  /** Says that a commit has grown the log: at once in this process, coalesced to the others. */
  grown(): void;
  /** Calls the listener at every hint from anywhere; returns how to stop. */
  onGrown(listener: () => void): () => void;
}

/** How hints reach the other processes. */
export interface Wire extends AsyncDisposable {
  /** Tells the others. Never rejects for good: a hint that is lost costs latency only. */
  tell(): Promise<void>;
}

/** Milliseconds within which commits share one hint to the other processes. */
const COALESCE = 5;

/** A bus whose wire is made from the listener that hears the other processes. */
export function createBus(openWire: (heard: () => void) => Wire): Bus {
  const emitter = new EventEmitter().setMaxListeners(0);
  const emit = () => emitter.emit('grown');
  const wire = openWire(emit);
  let timer: NodeJS.Timeout | undefined;
  let untold = false;
  let ended = false;
  const arm = () => {
    if (!ended) timer = setTimeout(() => void tellOthers(), COALESCE);
  };
  const tellOthers = async () => {
    untold = false;
    await wire.tell();
    timer = undefined;
    if (untold) arm();
  };
  return {
    grown: () => {
      emit();
      untold = true;
      if (!timer) arm();
    },
    onGrown: (listener) => {
      emitter.on('grown', listener);
      return () => emitter.off('grown', listener);
    },
    [Symbol.asyncDispose]: async () => {
      ended = true;
      clearTimeout(timer);
      // The last commits of a process that ends would wait for the others' slow timer.
      if (untold) await wire.tell();
      await wire[Symbol.asyncDispose]();
    },
  };
}
