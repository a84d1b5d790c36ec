import type { FastifyRequest } from 'fastify';
import { ownerCaller } from '../../../dialogs/caller.ts';
import type { DialogCommand } from '../../../dialogs/change.ts';
import { readIfMatch } from '../../headers.ts';
import type { SilentQuery } from '../../schemas/primitives.ts';

/** A request about one dialog, as far as every command is alike. */
type CommandRequest = Pick<FastifyRequest, 'identity' | 'headers' | 'trace'> & {
  readonly params: { readonly dialogId: string };
  readonly query: SilentQuery;
};

/** Throws `identity-missing` and `request-invalid`. */
export function commandOf({ identity, headers, trace, params, query }: CommandRequest): DialogCommand {
  return {
    caller: ownerCaller(identity),
    id: params.dialogId.toLowerCase(),
    ifMatch: readIfMatch(headers['if-match']),
    silent: query.isSilentUpdate ?? false,
    trace: trace.parent,
  };
}
