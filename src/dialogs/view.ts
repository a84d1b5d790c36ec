import { placeOf } from './labels.ts';
import type { Dialog, DialogDocument, DialogStatus, Localization, SystemLabel } from './model.ts';

/** What every view of a dialog has in common: the published schemas, with nulls left out. */
export interface CommonView {
  readonly id: string;
  readonly org: string;
  readonly serviceResource: string;
  readonly serviceResourceType: string;
  readonly party: string;
  readonly status: DialogStatus;
  readonly progress?: number;
  readonly process?: string;
  readonly precedingProcess?: string;
  readonly extendedStatus?: string;
  readonly externalReference?: string;
  readonly dueAt?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly contentUpdatedAt: string;
  readonly isApiOnly: boolean;
  readonly isContentSeen: boolean;
  readonly hasUnopenedContent: boolean;
  readonly fromServiceOwnerTransmissionsCount: number;
  readonly fromPartyTransmissionsCount: number;
  /** Older than `endUserContext`: Default, Bin or Archive. */
  readonly systemLabel: SystemLabel;
  readonly endUserContext: { readonly revision: string; readonly systemLabels: readonly SystemLabel[] };
}

export function commonView(dialog: Dialog): CommonView {
  return {
    id: dialog.id,
    org: dialog.org,
    serviceResource: dialog.serviceResource,
    serviceResourceType: dialog.serviceResourceType,
    party: dialog.party,
    status: dialog.status,
    ...given('progress', dialog.progress),
    ...given('process', dialog.process),
    ...given('precedingProcess', dialog.precedingProcess),
    ...given('extendedStatus', dialog.extendedStatus),
    ...given('externalReference', dialog.externalReference),
    ...given('dueAt', dialog.dueAt),
    createdAt: dialog.createdAt,
    updatedAt: dialog.updatedAt,
    contentUpdatedAt: dialog.contentUpdatedAt,
    isApiOnly: dialog.isApiOnly,
    isContentSeen: dialog.contentSeen && !dialog.systemLabels.includes('MarkedAsUnopened'),
    hasUnopenedContent: dialog.hasUnopenedContent,
    fromServiceOwnerTransmissionsCount: dialog.fromOwnerTransmissions,
    fromPartyTransmissionsCount: dialog.fromPartyTransmissions,
    systemLabel: placeOf(dialog.systemLabels),
    endUserContext: { revision: dialog.endUserContextRevision, systemLabels: dialog.systemLabels },
  };
}

/** A member that is left out when it is null. */
export function given<Name extends string, T>(name: Name, value: T | null): { readonly [K in Name]?: T } {
  return value === null ? {} : ({ [name]: value } as { readonly [K in Name]: T });
}

/** How many attachments a browser is offered. */
export function guiAttachmentCount({ attachments = [] }: DialogDocument): number {
  return attachments.filter(({ urls = [] }) => urls.some(({ consumerType }) => consumerType === 'Gui'))
    .length;
}

/** Goes through every list of texts in a value and lets the function choose among them. */
export function mapTexts<T>(
  value: T,
  choose: (texts: readonly Localization[]) => readonly Localization[],
): T {
  if (Array.isArray(value)) {
    const texts =
      value.length > 0 && value.every(isText) ? choose(value) : value.map((each) => mapTexts(each, choose));
    return texts as T;
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, mapTexts(member, choose)]);
  return Object.fromEntries(members) as T;
}

function isText(value: unknown): value is Localization {
  return typeof value === 'object' && value !== null && 'languageCode' in value;
}
