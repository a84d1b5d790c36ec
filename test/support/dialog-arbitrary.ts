import fc from 'fast-check';
import { ACTIVITY_TYPES } from '../../src/dialogs/model.ts';
import { fromEpoch } from '../../src/lib/time.ts';
import { PARTY, READER, RESOURCE } from './dialogs.ts';

/** Bodies of a create that follow the contract in every respect. */

const word = (maxLength: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength }).filter((text) => text.length <= maxLength);
const filled = (maxLength: number) => word(maxLength).filter((text) => text.trim() !== '');
const absent = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const few = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 3) => fc.array(arbitrary, { maxLength });
const https = fc.webPath().map((path) => `https://example.no${path}`);
const urn = fc.stringMatching(/^urn:[a-z]{2,9}:[a-z0-9]{1,20}$/);
const language = fc.constantFrom('nb', 'nn', 'en', 'se', 'NB-no', 'EN');
const future = fc
  .integer({ min: Date.parse('2090-01-01'), max: Date.parse('2099-12-31') })
  .map((milliseconds) => fromEpoch(milliseconds));

const texts = (longest: number) =>
  fc.uniqueArray(fc.record({ languageCode: language, value: filled(longest) }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ languageCode }) => languageCode.toLowerCase().slice(0, 2),
  });

const content = (longest: number, mediaType = 'text/plain') =>
  fc.record({ mediaType: fc.constant(mediaType), value: texts(longest) });

const reference = fc.record({
  mediaType: fc.constant('application/vnd.dialogporten.frontchannelembed-url;type=text/markdown'),
  value: https.map((value) => [{ languageCode: 'nb', value }]),
});

const actor = fc.oneof(
  fc.constant({ actorType: 'ServiceOwner' }),
  fc.constant({ actorType: 'PartyRepresentative', actorId: READER.urn }),
  filled(50).map((actorName) => ({ actorType: 'PartyRepresentative', actorName })),
);

const attachment = fc.record({
  displayName: absent(texts(255)),
  name: absent(word(255)),
  expiresAt: absent(future),
  urls: fc.array(
    fc.record({
      url: https,
      mediaType: absent(fc.constant('application/pdf')),
      consumerType: fc.constantFrom('Gui', 'Api'),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

const guiActions = fc.uniqueArray(
  fc.record({
    action: filled(50),
    url: https,
    priority: fc.constantFrom('Primary', 'Secondary', 'Tertiary'),
    title: texts(255),
    httpMethod: absent(fc.constantFrom('GET', 'POST', 'DELETE')),
    isDeleteDialogAction: absent(fc.boolean()),
  }),
  { maxLength: 3, selector: ({ priority }) => priority },
);

const apiAction = fc.record({
  action: filled(50),
  name: absent(word(255)),
  endpoints: fc.array(
    fc.record({
      url: https,
      httpMethod: fc.constantFrom('GET', 'PUT', 'TRACE'),
      deprecated: absent(fc.boolean()),
      sunsetAt: absent(future),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

export const transmissionBody = fc.record({
  type: fc.constantFrom('Information', 'Alert', 'Decision', 'Submission', 'Correction'),
  sender: actor,
  extendedType: absent(urn),
  externalReference: absent(word(255)),
  content: fc.record({
    title: content(255),
    summary: absent(content(255)),
    contentReference: absent(reference),
  }),
  attachments: absent(few(attachment, 2)),
});

export const activityBody = fc.record({
  type: fc.constantFrom(
    ...Object.keys(ACTIVITY_TYPES).filter(
      (type) => !/^(Information|TransmissionOpened|Correspondence)/.test(type),
    ),
  ),
  performedBy: actor,
  extendedType: absent(urn),
});

const replaceable = {
  progress: absent(fc.integer({ min: 0, max: 100 })),
  extendedStatus: absent(word(255)),
  externalReference: absent(word(255)),
  process: urn,
  precedingProcess: absent(urn),
  dueAt: absent(fc.constant('2089-01-01T00:00:00.0000000Z')),
  expiresAt: absent(future),
  content: fc.record({
    title: content(255),
    summary: absent(content(255)),
    senderName: absent(content(255)),
    additionalInfo: absent(content(1023, 'text/markdown')),
    extendedStatus: absent(content(25)),
    mainContentReference: absent(reference),
    nonSensitiveTitle: absent(content(255)),
  }),
  searchTags: absent(
    fc
      .uniqueArray(filled(63), { maxLength: 3, selector: (tag) => tag.toLowerCase() })
      .map((tags) => tags.map((value) => ({ value }))),
  ),
  attachments: absent(few(attachment)),
  guiActions: absent(guiActions),
  apiActions: absent(few(apiAction, 2)),
  transmissions: absent(few(transmissionBody, 2)),
  activities: absent(few(activityBody, 3)),
};

export const createBody = fc.record({
  serviceResource: fc.constant(RESOURCE),
  party: fc.constant(PARTY),
  status: fc.constantFrom(
    'NotApplicable',
    'InProgress',
    'Draft',
    'Awaiting',
    'RequiresAttention',
    'Completed',
  ),
  systemLabel: absent(fc.constantFrom('Default', 'Bin', 'Archive')),
  ...replaceable,
});
