import type { FastifyRequest } from 'fastify';
import { ownerCaller } from '../../../dialogs/caller.ts';
import type { DialogCommand } from '../../../dialogs/change.ts';
import { readIfMatch } from '../../headers.ts';
import type { SilentQuery } from '../../schemas/primitives.ts';

/** A request that changes one dialog, as far as all of them are alike. */
type ChangeRequest = Pick<FastifyRequest, 'identity' | 'headers' | 'trace'> & {
  readonly params: { readonly dialogId: string };
};

/** Throws `identity-missing` and `request-invalid`. */
export function commandOf(request: ChangeRequest & { readonly query: SilentQuery }): DialogCommand {
  return { ...changeOf(request), silent: request.query.isSilentUpdate ?? false };
}

/** For what is never silent. Throws as above. */
export function changeOf({ identity, headers, trace, params }: ChangeRequest): Omit<DialogCommand, 'silent'> {
  return {
    caller: ownerCaller(identity),
    id: params.dialogId.toLowerCase(),
    ifMatch: readIfMatch(headers['if-match']),
    trace: trace.parent,
  };
}
