import { expect, test } from 'vitest';
import { wellKnown } from '../../src/http/routes/well-known.ts';
import { openApp } from '../support/dialog-client.ts';
import { PublishedContract } from '../support/published.ts';

/** Every operation of Dialogporten's published OpenAPI document, below `/api/v1`. */
const OPERATIONS = `
  GET    /.well-known/jwks.json
  GET    /.well-known/oauth-authorization-server
  GET    /enduser/dialoglookup
  GET    /enduser/dialogs
  GET    /enduser/dialogs/{dialogId}
  GET    /enduser/dialogs/{dialogId}/activities
  GET    /enduser/dialogs/{dialogId}/activities/{activityId}
  GET    /enduser/dialogs/{dialogId}/context/labellog
  PUT    /enduser/dialogs/{dialogId}/context/systemlabels
  GET    /enduser/dialogs/{dialogId}/seenlog
  GET    /enduser/dialogs/{dialogId}/seenlog/{seenLogId}
  GET    /enduser/dialogs/{dialogId}/transmissions
  GET    /enduser/dialogs/{dialogId}/transmissions/{transmissionId}
  POST   /enduser/dialogs/context/systemlabels/actions/bulkset
  GET    /enduser/parties
  GET    /enduser/serviceresources
  GET    /metadata/limits
  GET    /metadata/serviceresources
  GET    /serviceowner/dialoglookup
  GET    /serviceowner/dialogs
  POST   /serviceowner/dialogs
  DELETE /serviceowner/dialogs/{dialogId}
  GET    /serviceowner/dialogs/{dialogId}
  PATCH  /serviceowner/dialogs/{dialogId}
  PUT    /serviceowner/dialogs/{dialogId}
  POST   /serviceowner/dialogs/{dialogId}/actions/freeze
  POST   /serviceowner/dialogs/{dialogId}/actions/purge
  POST   /serviceowner/dialogs/{dialogId}/actions/restore
  GET    /serviceowner/dialogs/{dialogId}/actions/should-send-notification
  GET    /serviceowner/dialogs/{dialogId}/activities
  POST   /serviceowner/dialogs/{dialogId}/activities
  GET    /serviceowner/dialogs/{dialogId}/activities/{activityId}
  GET    /serviceowner/dialogs/{dialogId}/context/labels
  POST   /serviceowner/dialogs/{dialogId}/context/labels
  DELETE /serviceowner/dialogs/{dialogId}/context/labels/{label}
  PUT    /serviceowner/dialogs/{dialogId}/endusercontext/systemlabels
  GET    /serviceowner/dialogs/{dialogId}/seenlog
  GET    /serviceowner/dialogs/{dialogId}/seenlog/{seenLogId}
  GET    /serviceowner/dialogs/{dialogId}/transmissions
  POST   /serviceowner/dialogs/{dialogId}/transmissions
  GET    /serviceowner/dialogs/{dialogId}/transmissions/{transmissionId}
  PUT    /serviceowner/dialogs/{dialogId}/transmissions/{transmissionId}
  GET    /serviceowner/dialogs/endusercontext
  POST   /serviceowner/dialogs/endusercontext/systemlabels/actions/bulkset
`;

function linesOf(list: string): string[] {
  const lines = list.split('\n').map((line) => line.trim().replace(/ +/, ' '));
  return lines.filter((line) => line !== '').toSorted();
}

type Paths = Readonly<Record<string, object>>;

/** What a document describes below a prefix, as `METHOD /path`. */
function operationsOf(paths: Paths, prefix: string): string[] {
  return Object.entries(paths)
    .filter(([path]) => path.startsWith(prefix))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice(prefix.length)}`),
    )
    .toSorted();
}

test('the list of published operations is that of the published document', async () => {
  const { paths } = await PublishedContract.read();
  expect(operationsOf(paths, '/api/v1')).toEqual(linesOf(OPERATIONS));
});

test('every published operation is served', async () => {
  await using app = await openApp({
    routes: (root) => {
      const keys = { dialogTokenKeys: () => [], webhookKeys: () => [] };
      root.register(async (scope) => wellKnown(scope, { baseUrl: 'http://localhost', ...keys }));
    },
  });
  const document = await (await fetch(`${app.origin}/openapi.json`)).json();
  const { paths } = document as { readonly paths: Paths };
  const served = new Set(operationsOf(paths, '/dialogporten/api/v1'));
  const missing = linesOf(OPERATIONS).filter((operation) => !served.has(operation));
  expect(missing).toEqual([]);
});
