import { userUrn } from '../dialogs/caller.ts';
import {
  type AuthorizedResources,
  listAuthorizedResources,
  listResourcesInUse,
  type ServiceResourceView,
  serviceResourceViews,
} from '../dialogs/service-resources.ts';
import type { RequestContext, RootResolver } from './context.ts';

interface Arguments {
  readonly parties?: readonly string[] | null;
  readonly includeUnauthorized: boolean;
}

interface Payload {
  readonly isFullCatalogueFallback: boolean;
  readonly items: readonly ServiceResourceView[];
}

/** What `GET /enduser/serviceresources` answers, or `GET /metadata/serviceresources` with those for others too. */
export const serviceResources: RootResolver<Arguments, Payload> = async (_, args, context) => {
  userUrn(context.identity);
  const { resources, isEverything } = await find(args, context);
  const items = serviceResourceViews(context.dialogs, resources, context.languages);
  return { isFullCatalogueFallback: isEverything, items };
};

async function find(
  { parties, includeUnauthorized }: Arguments,
  { dialogs, identity }: RequestContext,
): Promise<AuthorizedResources> {
  if (includeUnauthorized) return { resources: await listResourcesInUse(dialogs), isEverything: false };
  return listAuthorizedResources(dialogs, { identity, parties: parties ?? undefined });
}
