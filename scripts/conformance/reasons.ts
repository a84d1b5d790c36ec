type Reasons = readonly (readonly [pattern: RegExp, reason: string])[];

/** Why a value was made by the server, and not put there by a request: by `OPERATION PROPERTY`. */
export const MADE: Reasons = [
  [/jwks/, 'public keys of the server'],
  [/oauth-authorization-server/, 'addresses of the server'],
  [/\/metadata\/limits/, 'limits of the server'],
  [/(\.|^| )(revision|endUserContextRevision)$/, 'drawn anew at every change'],
  [
    /(\.| )(contentUpdatedAt|updatedAt|deletedAt|seenAt)$|labellog \[\]\.createdAt$/,
    'the moment of a request',
  ],
  [/(seenLogId\} |seenlog \[\]\.|seenSince\w+\[\]\.)id$/, 'derived from dialog, reader and state'],
  [
    /(\.| )(is(CurrentEndUser|ViaServiceOwner|ContentSeen|Opened)|hasUnopenedContent)$/,
    'follows from who has read',
  ],
  [/(\.| )(from\w+TransmissionsCount|guiAttachmentCount)$/, 'counted'],
  [/(\.| )(isAuthorized|dialogToken)$/, 'decided by the policy'],
  [/authorizationEvidence\./, 'found in policy and grants'],
  [/\/enduser\/.*(sender|performedBy|seenBy)\.actorId$/, 'a mask: end users see no person numbers'],
  [/\.actorName$/, 'the name that the register has'],
  [/attachments\[\]\.urls\[\]\.id$/, 'addresses of transmissions get their ids from the server'],
  [/labellog \[\]\.(name|action)$/, 'what a change of labels came to'],
  [/(\.| )(continuationToken|hasNextPage)$/, 'where the page ended'],
  [/endusercontext orderBy$/, 'the one order that there is'],
  [/serviceResourceType$/, 'from the registry'],
  [/(serviceResource|serviceOwner|roles\[\]|accessPackages\[\])\./, 'from the registry'],
  [/authorizedParties\[\]\./, 'from register and grants'],
  [/should-send-notification/, 'follows from the activities'],
];

/** Why a property is never answered: by `OPERATION PROPERTY`. */
export const UNSEEN: Reasons = [
  [
    /content\.(?:\w*[tT]itle|\w*[sS]ummary|senderName|additionalInfo|extendedStatus)\.isAuthorized$/,
    'content that refers to nothing is neither followed nor forbidden',
  ],
  [/^GET \/serviceowner.*Reference\.isAuthorized$/, 'its service owner may follow what it refers to'],
  [/transmissions.*deletedAt$/, 'what was sent stays sent'],
  [/^ProblemDetails (statusDescription|validationErrors)/, 'another form of title and errors'],
  [/isFullCatalogueFallback$/, 'only for whoever acts for more than 1,000 parties'],
];

/** Why a published status is never answered: by `OPERATION STATUS`. */
export const UNMET: Reasons = [
  [/systemlabels.* 422$/, 'no rule of the domain can be broken here: what is wrong is answered with 400'],
  [/^GET \/enduser\/dialogs 422$/, 'a search that takes longer than any that is played'],
  [/ 503$/, 'maintenance, or a database out of reach'],
  [/ 409$/, 'only for one of two writers whom the database cannot let pass one after the other'],
];

/** Members of problem details beyond the published ones: each stands in docs/differences.md. */
const EXTRAS = ['dialogId', 'transmissionId', 'dialogIds'];

export function isExtra(fault: string): boolean {
  return EXTRAS.some((name) => fault === `$.${name} is not published`);
}
