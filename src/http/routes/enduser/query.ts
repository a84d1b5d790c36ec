import type { FastifyRequest } from 'fastify';
import type { EndUserQuery } from '../../../dialogs/get-for-end-user.ts';
import { parseAcceptLanguage } from '../../../dialogs/languages.ts';

type DialogRequest = Pick<FastifyRequest, 'identity' | 'headers' | 'trace'> & {
  readonly params: { readonly dialogId: string };
};

/** What every reading of one dialog is asked with. */
export function queryOf({ identity, headers, trace, params }: DialogRequest): EndUserQuery {
  return {
    identity,
    id: params.dialogId.toLowerCase(),
    languages: parseAcceptLanguage(headers['accept-language']),
    trace: trace.parent,
  };
}
