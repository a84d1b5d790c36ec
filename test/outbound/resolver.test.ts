import { expect, test } from 'vitest';
import { Resolver } from '../../src/outbound/resolver.ts';
import { nameServer } from './name-server.ts';

const never = (): Promise<string[]> => Promise.reject(new Error('the operating system was asked'));

function open(server: string, fallback = never): Resolver {
  return new Resolver({ timeout: 200, tries: 1, servers: [server], fallback });
}

test('finds the addresses of both families, IPv4 first', async () => {
  await using server = await nameServer({ 'a.example.no': ['fd00::1', '192.0.2.7', '192.0.2.8'] });
  using resolver = open(server.address);
  const found = await resolver.resolve('a.example.no');
  expect(found.toSorted()).toEqual(['192.0.2.7', '192.0.2.8', 'fd00::1']);
  expect(found.at(-1)).toBe('fd00::1');
});

test('is content with one family', async () => {
  await using server = await nameServer({ 'six.example.no': ['fd00::2'] });
  using resolver = open(server.address);
  expect(await resolver.resolve('six.example.no')).toEqual(['fd00::2']);
});

test('asks once for those who ask at the same moment, and anew afterwards', async () => {
  await using server = await nameServer({ 'a.example.no': ['192.0.2.7'] });
  using resolver = open(server.address);
  await Promise.all(Array.from({ length: 10 }, () => resolver.resolve('a.example.no')));
  expect(server.asked.toSorted()).toEqual(['a.example.no A', 'a.example.no AAAA']);
  await resolver.resolve('a.example.no');
  expect(server.asked).toHaveLength(4);
});

test('asks the operating system for a name that DNS does not have', async () => {
  await using server = await nameServer({ 'empty.example.no': [] });
  using resolver = open(server.address, () => Promise.resolve(['192.0.2.9']));
  expect(await resolver.resolve('missing.example.no')).toEqual(['192.0.2.9']);
  expect(await resolver.resolve('empty.example.no')).toEqual(['192.0.2.9']);
});

test('fails when the name server is silent, without asking the operating system', async () => {
  await using server = await nameServer({ 'silent.example.no': undefined });
  using resolver = open(server.address);
  await expect(resolver.resolve('silent.example.no')).rejects.toMatchObject({ code: 'ETIMEOUT' });
});

test('knows the names of loopback without asking', async () => {
  await using server = await nameServer({});
  using resolver = open(server.address);
  for (const name of ['localhost', 'localhost.', 'app.localhost'])
    expect(await resolver.resolve(name)).toEqual(['127.0.0.1', '::1']);
  expect(server.asked).toEqual([]);
});

test('ends its lookups when it is disposed', async () => {
  await using server = await nameServer({ 'silent.example.no': undefined });
  const resolver = new Resolver({ timeout: 60_000, tries: 1, servers: [server.address], fallback: never });
  const lookup = resolver.resolve('silent.example.no');
  resolver[Symbol.dispose]();
  await expect(lookup).rejects.toMatchObject({ code: 'ECANCELLED' });
});
