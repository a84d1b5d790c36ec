import type { Activity, Transmission, TransmissionType } from './model.ts';

/** What the rules need to know of a transmission that exists. */
export interface TransmissionState {
  readonly id: string;
  readonly type: TransmissionType;
  readonly relatedTransmissionId: string | null;
  readonly idempotentKey: string | null;
  readonly opened: boolean;
}

/** What the rules need to know of everything that a dialog has grown. */
export interface Children {
  readonly transmissions: readonly TransmissionState[];
  readonly correspondenceOpened: boolean;
}

export const NO_CHILDREN: Children = { transmissions: [], correspondenceOpened: false };

/** Submissions and corrections come from the party, everything else from the service owner. */
export function isFromParty(type: TransmissionType): boolean {
  return type === 'Submission' || type === 'Correction';
}

/** The children as they are once these are appended. */
export function withAppended(
  children: Children,
  transmissions: readonly Transmission[],
  activities: readonly Activity[],
): Children {
  const opened = new Set(
    activities
      .filter(({ type }) => type === 'TransmissionOpened')
      .map(({ transmissionId }) => transmissionId),
  );
  const appended = transmissions.map(
    ({ id, type, relatedTransmissionId = null, idempotentKey = null }): TransmissionState => ({
      id,
      type,
      relatedTransmissionId,
      idempotentKey,
      opened: false,
    }),
  );
  return {
    transmissions: [...children.transmissions, ...appended].map((each) =>
      opened.has(each.id) ? Object.assign({}, each, { opened: true }) : each,
    ),
    correspondenceOpened:
      children.correspondenceOpened || activities.some(({ type }) => type === 'CorrespondenceOpened'),
  };
}

/**
 * Whether the service owner has sent something that it has not reported as opened: a transmission without a
 * TransmissionOpened activity, or a correspondence without a CorrespondenceOpened one.
 */
export function hasUnopenedContent(serviceResourceType: string, children: Children): boolean {
  return (
    children.transmissions.some(({ type, opened }) => !opened && !isFromParty(type)) ||
    (serviceResourceType === 'correspondenceservice' && !children.correspondenceOpened)
  );
}
