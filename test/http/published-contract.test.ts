import type { TSchema } from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as children from '../../src/http/schemas/children.ts';
import * as dialog from '../../src/http/schemas/dialog.ts';
import * as labels from '../../src/http/schemas/labels.ts';
import * as lookup from '../../src/http/schemas/lookup.ts';
import { page } from '../../src/http/schemas/search.ts';
import { type AppUnderTest, create, openApp, plain } from '../support/dialog-client.ts';
import { PARTY, READER } from '../support/dialogs.ts';
import { PublishedContract } from '../support/published.ts';

const contract = await PublishedContract.read();

/** Which actions of ours a browser may be told to use: fewer than the published list of all methods. */
const FEWER_METHODS = '.guiActions[].httpMethod has other words';

describe('our schemas have the members and words of the published ones', () => {
  const OWNER = 'V1ServiceOwnerDialogs';
  const END_USER = 'V1EndUserDialogs';
  const END_USER_LABELS = 'V1EndUserEndUserContext';
  const OWNER_LABELS = 'V1ServiceOwnerEndUserContext';
  const JUDGED = 'isAuthorized is missing';
  test.each<[string, TSchema]>([
    [`${OWNER}CommandsCreate_Dialog`, dialog.createDialogBody],
    [`${OWNER}CommandsUpdate_Dialog`, dialog.replaceDialogBody],
    [`${OWNER}CommandsCreateActivity_ActivityRequest`, children.activityInput],
    [`${OWNER}CommandsCreateTransmission_TransmissionRequest`, children.transmissionInput],
    [`${OWNER}CommandsUpdateTransmission_TransmissionRequest`, children.transmissionReplacement],
    [`${OWNER}QueriesGet_Dialog`, dialog.ownerDialog],
    [`${OWNER}QueriesSearch_Dialog`, dialog.ownerDialogItem],
    ['PaginatedListOfV1ServiceOwnerDialogsQueriesSearch_Dialog', page(dialog.ownerDialogItem)],
    [`${OWNER}QueriesGetActivity_Activity`, children.activityOutput],
    [`${OWNER}QueriesSearchActivities_Activity`, children.ownerActivityItem],
    [`${OWNER}QueriesGetTransmission_Transmission`, children.ownerTransmission],
    [`${OWNER}QueriesSearchTransmissions_Transmission`, children.ownerTransmission],
    [`${OWNER}QueriesGetSeenLog_SeenLog`, children.ownerSeenEntry],
    [`${OWNER}QueriesSearchSeenLogs_SeenLog`, children.ownerSeenEntry],
    ['V1CommonIdentifierLookup_ServiceOwnerIdentifierLookup', lookup.ownerLookup],
    ['V1CommonIdentifierLookup_EndUserIdentifierLookup', lookup.endUserLookup],
    ['V1CommonServiceResourceMetadata_ServiceResourceMetadataItem', lookup.serviceResourceItem],
    [`${END_USER}QueriesGet_Dialog`, dialog.endUserDialog],
    [`${END_USER}QueriesSearch_Dialog`, dialog.endUserDialogItem],
    ['PaginatedListOfV1EndUserDialogsQueriesSearch_Dialog', page(dialog.endUserDialogItem)],
    [`${END_USER}QueriesGetActivity_Activity`, children.activityOutput],
    [`${END_USER}QueriesSearchActivities_Activity`, children.endUserActivityItem],
    [`${END_USER}QueriesGetTransmission_Transmission`, children.endUserTransmission],
    [`${END_USER}QueriesSearchTransmissions_Transmission`, children.endUserTransmission],
    [`${END_USER}QueriesGetSeenLog_SeenLog`, children.seenEntry],
    [`${END_USER}QueriesSearchSeenLogs_SeenLog`, children.seenEntry],
    [`${END_USER_LABELS}CommandsSetSystemLabel_SetDialogSystemLabelRequest`, labels.labelWish],
    [`${END_USER_LABELS}CommandsBulkSetSystemLabels_BulkSetSystemLabel`, labels.bulkLabelWish],
    [`${END_USER_LABELS}QueriesSearchLabelAssignmentLog_LabelAssignmentLog`, labels.labelLogLine],
    [`${OWNER_LABELS}CommandsSetSystemLabel_SetDialogSystemLabelRequest`, labels.ownerLabelWish],
    [`${OWNER_LABELS}CommandsBulkSetSystemLabels_BulkSetSystemLabel`, labels.ownerBulkLabelWish],
    [`${OWNER}QueriesSearchEndUserContext_DialogEndUserContextItem`, labels.endUserContextItem],
    ['V1ServiceOwnerServiceOwnerContextCommandsCreateServiceOwnerLabel_Label', labels.ownerLabel],
    ['V1ServiceOwnerServiceOwnerContextQueriesGetServiceOwnerLabels_ServiceOwnerLabel', labels.ownerLabel],
  ])('%s', (name, ours) => {
    const differences = contract.differences(name, ours);
    // Content that refers to nothing is neither followed nor forbidden.
    expect(differences.filter((each) => !each.endsWith(JUDGED) && each !== FEWER_METHODS)).toEqual([]);
  });
});

describe('answers are what the published schemas say', () => {
  let app: AppUnderTest;
  let id: string;
  beforeAll(async () => {
    app = await openApp();
    const performedBy = { actorType: 'PartyRepresentative', actorId: READER.urn };
    const title = [{ languageCode: 'nb', value: 'Tittel' }];
    const url = 'https://example.no/x';
    const attachments = [
      { displayName: title, name: 'a', urls: [{ url, mediaType: 'text/plain', consumerType: 'Api' }] },
    ];
    id = await create(app, {
      idempotentKey: 'everything',
      externalReference: 'a',
      extendedStatus: 'b',
      progress: 3,
      process: 'urn:p:1',
      precedingProcess: 'urn:p:0',
      dueAt: '2099-01-01T00:00:00Z',
      expiresAt: '2099-01-01T00:00:00Z',
      searchTags: [{ value: 'c' }],
      attachments,
      guiActions: [{ action: 'sign', url, priority: 'Primary', title, prompt: title }],
      apiActions: [{ action: 'sign', name: 'd', endpoints: [{ url, httpMethod: 'POST', version: '1' }] }],
      transmissions: [
        {
          type: 'Information',
          sender: performedBy,
          idempotentKey: 'one',
          externalReference: 'e',
          content: { title: plain('f'), summary: plain('g') },
          attachments,
          navigationalActions: [{ title, url }],
        },
      ],
      activities: [{ type: 'Information', performedBy, description: title, extendedType: 'urn:t:1' }],
      serviceOwnerContext: { serviceOwnerLabels: [{ value: 'haster' }] },
    });
    await app.send('GET', `/enduser/dialogs/${id}`);
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each([
    ['/serviceowner/dialogs/ID', 'V1ServiceOwnerDialogsQueriesGet_Dialog'],
    [`/serviceowner/dialogs/ID?endUserId=${READER.urn}`, 'V1ServiceOwnerDialogsQueriesGet_Dialog'],
    ['/serviceowner/dialogs', 'PaginatedListOfV1ServiceOwnerDialogsQueriesSearch_Dialog'],
    ['/enduser/dialogs/ID', 'V1EndUserDialogsQueriesGet_Dialog'],
    [`/enduser/dialogs?party=${PARTY}`, 'PaginatedListOfV1EndUserDialogsQueriesSearch_Dialog'],
    ['/metadata/limits', 'V1MetadataLimitsQueriesGet_Limits'],
  ])('%s', async (path, name) => {
    const as = path.startsWith('/serviceowner') ? 'searcher' : 'reader';
    const { status, body } = await app.send('GET', path.replace('ID', id), { as });
    expect(status).toBe(200);
    expect(contract.strangers(name, body)).toEqual([]);
  });

  test.each([
    ['activities', 'Activities_Activity', 'GetActivity_Activity'],
    ['transmissions', 'Transmissions_Transmission', 'GetTransmission_Transmission'],
    ['seenlog', 'SeenLogs_SeenLog', 'GetSeenLog_SeenLog'],
  ])('lists and single ones of %s', async (part, inList, alone) => {
    for (const [side, prefix] of [
      ['serviceowner', 'V1ServiceOwnerDialogsQueries'],
      ['enduser', 'V1EndUserDialogsQueries'],
    ]) {
      const path = `/${side}/dialogs/${id}/${part}`;
      const { body: list } = await app.send<{ id: string }[]>('GET', path);
      expect(list).toHaveLength(1);
      expect(contract.strangers(`${prefix}Search${inList}`, list[0])).toEqual([]);
      const { body: single } = await app.send('GET', `${path}/${list[0]!.id}`);
      expect(contract.strangers(`${prefix}${alone}`, single)).toEqual([]);
    }
  });

  test('problems', async () => {
    const { body } = await app.send('POST', '/serviceowner/dialogs', { body: {} });
    expect(contract.strangers('ProblemDetails', body)).toEqual([]);
  });
});
