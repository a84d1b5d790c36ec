import { Socket } from 'node:net';

/**
 * A socket that writes once for everything that is sent in one turn: pipelined statements leave in one packet, which
 * saves this process and PostgreSQL a system call for each of them. Nothing is held back beyond the turn.
 */
export class GatheringSocket extends Socket {
  #gathering = false;

  override cork(): void {
    this.#gather();
    super.cork();
  }

  // The base class overloads `write`; whatever it is given goes on as it came.
  override write(...parameters: unknown[]): boolean {
    this.#gather();
    return super.write(...(parameters as Parameters<Socket['write']>));
  }

  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    super.cork();
    process.nextTick(() => {
      this.#gathering = false;
      this.uncork();
    });
  }
}
