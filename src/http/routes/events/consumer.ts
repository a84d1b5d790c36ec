import type { IncomingHttpHeaders } from 'node:http';
import { hasScope } from '../../../access/caller.ts';
import { Failure } from '../../../lib/errors.ts';
import type { Consumer } from '../../../subscriptions/subscriptions.ts';
import type { Authenticate } from '../../authenticate.ts';
import { ADMIN_SCOPE } from '../admin/options.ts';
import { SUBSCRIBE_SCOPE } from './scopes.ts';

/** The caller as a consumer of events. Throws Failure `identity-missing` when the token names nobody. */
export async function consumerOfRequest(
  authenticate: Authenticate,
  headers: IncomingHttpHeaders,
): Promise<Consumer> {
  const { identity, consumer } = await authenticate(headers);
  if (consumer === undefined) throw new Failure('identity-missing');
  const maySubscribe = hasScope(identity, SUBSCRIBE_SCOPE);
  return { identity, consumer, maySubscribe, isAdmin: hasScope(identity, ADMIN_SCOPE) };
}
