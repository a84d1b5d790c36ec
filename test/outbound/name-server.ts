import { createSocket } from 'node:dgram';

const TYPE_A = 1;
const TYPE_AAAA = 28;
const NO_SUCH_NAME = 3;

export interface NameServer extends AsyncDisposable {
  /** As a resolver takes it: `127.0.0.1:port`. */
  readonly address: string;
  /** Names asked for, with their type. */
  readonly asked: readonly string[];
}

/**
 * A DNS server (RFC 1035) on loopback that knows the given addresses. A name with an empty list has no records; a name
 * with `undefined` gets no answer; any other name does not exist.
 */
export async function nameServer(names: Readonly<Record<string, string[] | undefined>>): Promise<NameServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type, end } = readQuestion(query);
    asked.push(`${name} ${type === TYPE_A ? 'A' : 'AAAA'}`);
    const addresses = names[name];
    if (name in names && addresses === undefined) return;
    const records = (addresses ?? []).filter((each) => (type === TYPE_AAAA) === each.includes(':'));
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180 | (name in names ? 0 : NO_SUCH_NAME), 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    const answer = [head, query.subarray(12, end), ...records.map((each) => toRecord(each, type))];
    socket.send(Buffer.concat(answer), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(resolve)),
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** A pointer to the question's name, type, class IN, time to live 0, length, address. */
function toRecord(address: string, type: number): Buffer {
  const bytes = type === TYPE_A ? address.split('.').map(Number) : expand(address);
  const head = Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]);
  return Buffer.concat([head, Buffer.from(bytes)]);
}

function expand(address: string): number[] {
  const [left = '', right = ''] = address.split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const gap = Array<string>(8 - groups(left).length - groups(right).length).fill('0');
  return [...groups(left), ...gap, ...groups(right)].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
