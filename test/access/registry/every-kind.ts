import { SYSTEM_USER_ID } from '../../support/identities.ts';
import { policy } from '../../support/policies.ts';
import {
  ACCOUNTANT,
  BRANCH,
  CLERK,
  COMPANY,
  type Content,
  content,
  DIRECTOR,
  FORM,
  org,
  pid,
  resourceDocument,
  SIMPLE,
  STRANGER,
  system,
} from './content.ts';

export const INSTANCE = '50000001/0198c9b1-0000-7000-8000-000000000001';
export const NAMED = 'urn:altinn:resource:named';

/** The content, with policies that name subjects one by one and grants of every kind. */
export function everyKind(): Content {
  const given = content();
  const named = policy('named')
    .permit({ persons: [DIRECTOR], actions: ['person'] })
    .permit({ organizations: [ACCOUNTANT], actions: ['organization'] })
    .permit({ systemUsers: [SYSTEM_USER_ID], actions: ['system'] })
    .permit({ orgs: ['skd'], actions: ['org'] })
    .permit({ actions: ['party'], resourceAttributes: { 'urn:altinn:organization:identifier-no': COMPANY } })
    .permit({ actions: ['partyid'], resourceAttributes: { 'urn:altinn:partyid': '50000001' } })
    .permit({ actions: ['task'], resourceAttributes: { 'urn:altinn:task': 'Task_1' } })
    .permit({ actions: ['instance'], resourceAttributes: { 'urn:altinn:resource:instance-id': INSTANCE } })
    .permit({ actions: ['other'], resourceAttributes: { 'urn:example:thing': 'seven' } })
    .permit({ roles: ['DAGL'], actions: ['sign'] })
    .deny({ persons: [CLERK], actions: ['sign'] });
  given.resources['named'] = { document: resourceDocument('named'), policy: named.xml() };
  const strict = policy('strict')
    .permit({ roles: ['DAGL'], orgs: ['ttd'], actions: ['read'] })
    .minimumLevel(4, 3);
  given.resources['strict'] = { document: resourceDocument('strict'), policy: strict.xml() };
  given.parties.grants.push(
    { to: pid(STRANGER), party: org(BRANCH), roles: ['dagl'] },
    { to: org(ACCOUNTANT), party: org(COMPANY), roles: ['Dagl'] },
    { to: system(SYSTEM_USER_ID), party: org(COMPANY), accessPackages: ['urn:altinn:accesspackage:post'] },
    {
      to: pid(CLERK),
      party: org(COMPANY),
      resources: [
        { resource: SIMPLE, actions: ['read'] },
        { resource: 'urn:altinn:resource:strict', actions: ['read'] },
        { resource: NAMED, actions: ['sign'] },
      ],
      instances: [{ resource: FORM, instance: INSTANCE, actions: ['write'] }],
    },
  );
  return given;
}
