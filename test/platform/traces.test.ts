import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';

const recorded = new InMemorySpanExporter();
let platform: TestPlatform;
let receiver: Receiver;
let owner: string;
let manager: string;

beforeAll(async () => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(recorded)] }),
  );
  platform = await startTestPlatform({ RETRY_SCHEDULE_S: '1' });
  receiver = await Receiver.open();
  owner = await platform.token('GetEnterpriseToken', {
    ...TTD,
    scopes: 'digdir:dialogporten.serviceprovider',
  });
  manager = await platform.token('GetPersonalToken', { pid: MANAGER, scopes: 'altinn:events.subscribe' });
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  trace.disable();
});

const named = (name: string) => recorded.getFinishedSpans().filter((span) => span.name === name);
const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId;

test('a trace leads from the request through its commit to each attempt, and on to the receiver', async () => {
  const body = JSON.stringify({
    endPoint: receiver.url('/'),
    resourceFilter: SERVICE,
    subjectFilter: COMPANY,
  });
  await platform.call(manager, '/events/api/v1/subscriptions', { method: 'POST', body });
  receiver.answer(() => (receiver.events('/').length === 1 ? 500 : 200));
  const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
  await platform.call(owner, DIALOGS, {
    method: 'POST',
    headers: { traceparent: CALLER },
    body: JSON.stringify({ serviceResource: SERVICE, party: COMPANY, status: 'InProgress', content }),
  });
  await until('both attempts have ended', () => named('deliver event').length === 2);
  const [request] = named(`POST ${DIALOGS}`);
  const [refused, delivered] = named('deliver event');
  expect(parentOf(request)).toBe('b7ad6b7169203331');
  expect(request?.kind).toBe(SpanKind.SERVER);
  expect(request?.attributes).toMatchObject({ 'http.response.status_code': 201, 'http.route': DIALOGS });
  expect(request?.events.map(({ name }) => name)).toEqual(['committed']);
  for (const attempt of [refused, delivered]) {
    expect(attempt?.kind).toBe(SpanKind.CLIENT);
    expect(attempt?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(parentOf(attempt)).toBe(request?.spanContext().spanId);
  }
  expect(refused?.status.code).toBe(SpanStatusCode.ERROR);
  expect(refused?.attributes).toMatchObject({
    'budstikka.outcome': 'failed',
    'http.response.status_code': 500,
  });
  expect(delivered?.attributes).toMatchObject({ 'budstikka.outcome': 'delivered', 'budstikka.attempt': 2 });
  const heard = receiver.arrivals.flatMap(({ headers }) => headers['traceparent'] ?? []);
  const ids = [refused, delivered].map((span) => span?.spanContext().spanId);
  expect(heard).toEqual(ids.map((id) => `00-0af7651916cd43dd8448eb211c80319c-${id}-01`));
}, 60_000);
