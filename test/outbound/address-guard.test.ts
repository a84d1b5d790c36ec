import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { guardOf, isLetThrough, readVectors } from '../../scripts/addresses/vectors.ts';
import { createGuard } from '../../src/outbound/address-guard.ts';
import { Failure } from '../../src/lib/errors.ts';

const vectors = await readVectors();
const production = createGuard({ allowLoopback: false, allowHttp: false, allowedNetworks: [] });

describe('the vectors', () => {
  test('there are at least 120 that need nothing but a URL', () => {
    expect(vectors.filter(({ policy, resolves }) => !policy && !resolves).length).toBeGreaterThan(120);
  });

  test('no two are the same', () => {
    const keys = vectors.map(({ url, policy, resolves }) => JSON.stringify([url, policy, resolves]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each(vectors.filter(({ allowed }) => !allowed))('refused: $url ($why)', (vector) => {
    expect(isLetThrough(vector)).toBe(false);
  });

  test.each(vectors.filter(({ allowed }) => allowed))('let through: $url ($why)', (vector) => {
    expect(guardOf(vector).checkEndpoint(vector.url)).toBeUndefined();
    expect(isLetThrough(vector)).toBe(true);
  });
});

describe('the guard', () => {
  test.each([
    ['https://2130706433/', '127.0.0.1 is a loopback address and may not be called.'],
    ['https://[fd00::1]/', 'fd00::1 is a private address and may not be called.'],
    ['https://localhost/', 'localhost is not a public name.'],
    ['https://example.com:25/', 'Port 25 may not be called.'],
    ['http://example.com/', 'The URL must begin with https://.'],
    ['https://a:b@example.com/', 'The URL must not carry a user name or a password.'],
    ['nowhere', 'The URL is not an absolute URL.'],
  ])('says what is wrong with %s', (url, sentence) => {
    expect(production.checkEndpoint(url)).toBe(sentence);
  });

  test('a network that cannot be read is a configuration failure that names it', () => {
    const options = { allowLoopback: false, allowHttp: false, allowedNetworks: ['10.0.0.0/99'] };
    expect(() => createGuard(options)).toThrow(Failure);
    expect(() => createGuard(options)).toThrow('10.0.0.0/99 is not a network in CIDR notation');
  });

  test('every notation of one IPv4 address gets the same verdict', () => {
    const octet = fc.nat({ max: 255 });
    const part = fc.constantFrom(
      (n: number) => String(n),
      (n: number) => `0x${n.toString(16)}`,
      (n: number) => `0${n.toString(8)}`,
    );
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), fc.tuple(part, part, part, part), (octets, write) => {
        const plain = production.checkEndpoint(`https://${octets.join('.')}/`);
        const [a, b, c, d] = octets;
        const whole = ((a * 256 + b) * 256 + c) * 256 + d;
        const dotted = octets.map((value, index) => write[index]!(value)).join('.');
        const short = `${write[0](a)}.${write[1](b)}.${write[2](c * 256 + d)}`;
        for (const host of [dotted, short, write[3](whole), `${dotted}.`])
          expect(production.checkEndpoint(`https://${host}/`)).toBe(plain);
      }),
    );
  });

  test('no IPv6 address passes that carries an IPv4 address in a known way', () => {
    const group = fc.nat({ max: 0xffff });
    fc.assert(
      fc.property(group, group, (high, low) => {
        const [h, l] = [high.toString(16), low.toString(16)];
        const carriers = [`::${h}:${l}`, `::ffff:${h}:${l}`, `::ffff:0:${h}:${l}`, `64:ff9b::${h}:${l}`];
        const all = [...carriers, `2002:${h}:${l}::`, `2001:0:${h}:${l}::`];
        expect(all.filter((address) => production.checkAddress(address) === undefined)).toEqual([]);
      }),
    );
  });

  test('an allowed network opens its own addresses and no neighbour', () => {
    const guard = createGuard({ allowLoopback: false, allowHttp: false, allowedNetworks: ['10.20.0.0/16'] });
    fc.assert(
      fc.property(fc.constantFrom(19, 20, 21), fc.nat({ max: 255 }), fc.nat({ max: 255 }), (b, c, d) => {
        const expected = b === 20 ? undefined : 'a private address';
        expect(guard.checkAddress(`10.${b}.${c}.${d}`)).toBe(expected);
      }),
    );
  });

  test('whatever passes is what ipaddr.js calls unicast', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        fc.pre(production.checkAddress(address) === undefined);
        expect(ipaddr.parse(address).range()).toBe('unicast');
      }),
      { numRuns: 1000 },
    );
  });
});
