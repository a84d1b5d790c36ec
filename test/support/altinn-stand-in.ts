import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  type Body,
  decideAll,
  type Fault,
  type StandInParty,
  type StandInRule,
  UNREADABLE,
} from './altinn-decisions.ts';

export type Service = 'authorization' | 'register' | 'resourceregistry' | 'accessmanagement';

interface StandInResource {
  readonly identifier: string;
  readonly resourceType: string;
  readonly title?: Readonly<Record<string, string>>;
  readonly status?: string;
  readonly delegable?: boolean;
  readonly hasCompetentAuthority: {
    readonly organization: string | null;
    readonly orgcode: string;
    readonly name?: Readonly<Record<string, string>>;
  };
}

/** A request as it arrived. */
export interface Asked {
  readonly service: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, or text that is none. */
  readonly body: unknown;
}

/** Altinn's services as far as they are called, over HTTP, on a small table of rules, with faults on demand. */
export class AltinnStandIn implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly parties: StandInParty[] = [];
  readonly resources: StandInResource[] = [];
  /** XACML by the identifier of a resource. */
  readonly policies = new Map<string, string>();
  /** Whom somebody may act for, as Altinn Access Management writes them, by the URN of whoever asks. */
  readonly authorizedParties = new Map<string, readonly object[]>();
  readonly rules = new Set<StandInRule>();
  /** Milliseconds that a slow service takes. */
  slowMs = 2000;
  /** Whether member names begin in upper case, as the internal endpoint of Altinn writes them. */
  upperCase = false;
  /** The status with which a request is refused; undefined to answer it. */
  refuses: (headers: IncomingHttpHeaders) => number | undefined = () => undefined;
  readonly #faults = new Map<Service, Fault>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #port = 0;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async open(): Promise<AltinnStandIn> {
    const altinn = new AltinnStandIn();
    await altinn.comeBack();
    return altinn;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Adds a rule and gives it, so that it can be taken away: `altinn.rules.delete(rule)`. */
  permit(rule: StandInRule): StandInRule {
    this.rules.add(rule);
    return rule;
  }

  /** Turns a dial, of one service or of all. */
  dial(fault: Fault, ...services: Service[]): void {
    const all: Service[] = ['authorization', 'register', 'resourceregistry', 'accessmanagement'];
    for (const service of services.length > 0 ? services : all) this.#faults.set(service, fault);
  }

  /** Nobody listens any more, and every connection is gone. */
  async leave(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Listens again, where it did before. */
  async comeBack(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Requests to one service. */
  count(service: Service): number {
    return this.asked.filter((one) => one.service === service).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.leave();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const path = request.url ?? '/';
    const service = path.split('/')[1] as Service;
    const text = Buffer.concat(parts).toString();
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : text;
    this.asked.push({ service, path, headers: request.headers, body });
    const fault = this.#faults.get(service) ?? 'none';
    const refusal = this.refuses(request.headers);
    if (refusal !== undefined) return void response.writeHead(refusal).end();
    if (text.includes(`"${UNREADABLE}"`)) return void response.writeHead(400).end();
    if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, this.slowMs));
    if (!this.#spoil(fault, request, response)) this.#answer({ fault, path, body }, response);
  }

  /** Answers with a fault that needs no answer to spoil. */
  #spoil(fault: Fault, request: IncomingMessage, response: ServerResponse): boolean {
    if (fault === 'reset') request.socket.resetAndDestroy();
    else if (fault === 'error') response.writeHead(500).end('{"title":"internal"}');
    else if (fault === 'busy') response.writeHead(429, { 'retry-after': '1' }).end();
    else if (fault === 'nonsense') response.writeHead(200).end('<html>Bad gateway</html>');
    else return false;
    return true;
  }

  #answer(asked: { fault: Fault; path: string; body: unknown }, response: ServerResponse): void {
    const found = this.#find(asked);
    const isXml = typeof found === 'string';
    const text = found === undefined ? '' : isXml ? found : JSON.stringify(found);
    const status = found === undefined ? 404 : 200;
    response.writeHead(status, {
      'content-type': isXml ? 'text/xml' : 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    if (asked.fault !== 'half') response.end(text);
    else response.write(text.slice(0, text.length / 2), () => response.destroy());
  }

  #find({ fault, path, body }: { fault: Fault; path: string; body: unknown }): unknown {
    if (path === '/authorization/api/v1/authorize') {
      return decideAll(body as Body, {
        fault,
        rules: [...this.rules],
        parties: this.parties,
        upperCase: this.upperCase,
      });
    }
    const identifier = /^\/resourceregistry\/api\/v1\/resource\/([^/]+)$/.exec(path)?.[1];
    if (identifier !== undefined) return this.resources.find((one) => one.identifier === identifier);
    const governed = /^\/resourceregistry\/api\/v1\/resource\/([^/]+)\/policy$/.exec(path)?.[1];
    if (governed !== undefined) return this.policies.get(governed);
    if (path.startsWith('/accessmanagement/api/v1/resourceowner/authorizedparties?')) {
      const { type, value } = body as { type: string; value: string };
      return this.authorizedParties.get(`${type}:${value}`) ?? [];
    }
    if (path.startsWith('/register/api/v2/internal/parties/query?')) {
      const { data } = body as { data: readonly string[] };
      return { data: this.parties.filter((one) => one.urns.some((urn) => data.includes(urn))).map(view) };
    }
    if (path.startsWith('/register/api/v2/internal/parties/main-units?')) {
      const { data } = body as { data: string };
      const unit = this.parties.find((one) => one.urns.includes(data));
      return { data: this.parties.filter((one) => one.urn === unit?.mainUnit).map(view) };
    }
    return undefined;
  }
}

/** A party as Altinn Register writes it. */
function view({ urn, partyId, partyUuid, userId, name, dateOfBirth }: StandInParty): object {
  const number = urn.slice(urn.lastIndexOf(':') + 1);
  const isPerson = urn.startsWith('urn:altinn:person:');
  return {
    partyType: isPerson ? 'person' : 'organization',
    ...(isPerson ? { personIdentifier: number, dateOfBirth } : { organizationIdentifier: number }),
    ...{ partyId, partyUuid, displayName: name, versionId: 1 },
    ...(userId !== undefined && { user: { userId, userIds: [userId], username: null } }),
  };
}
