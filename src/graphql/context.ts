import type { Identity } from '../access/ports.ts';
import type { DialogsOptions } from '../dialogs/options.ts';

/** What every field of one request is resolved with. */
export interface RequestContext {
  readonly dialogs: DialogsOptions;
  /** An end user whose token has the scope. */
  readonly identity: Identity;
  /** Languages wanted, the most wanted first; undefined for all there are. */
  readonly languages: readonly string[] | undefined;
  /** Parent of what the request causes (W3C Trace Context). */
  readonly trace: string | null;
}

/** The resolver of a root field. Its arguments have been coerced by the SDL. */
export type RootResolver<Args, Payload> = (
  root: unknown,
  args: Args,
  context: RequestContext,
) => Payload | Promise<Payload>;
