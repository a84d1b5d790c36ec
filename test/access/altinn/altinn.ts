import { AltinnCatalogue } from '../../../src/access/altinn/altinn-catalogue.ts';
import { AltinnDecisionPoint } from '../../../src/access/altinn/altinn-decision-point.ts';
import { AltinnRegister } from '../../../src/access/altinn/altinn-register.ts';
import { AltinnRegistry } from '../../../src/access/altinn/altinn-registry.ts';
import { type Credentials, keyOnly } from '../../../src/access/altinn/credentials.ts';
import { RemoteService } from '../../../src/access/altinn/remote-service.ts';
import { openLog } from '../../../src/lib/log.ts';
import { monotonic } from '../../../src/lib/time.ts';
import type { Sender } from '../../../src/outbound/sender.ts';
import { openSender } from '../../outbound/senders.ts';
import { AltinnStandIn } from '../../support/altinn-stand-in.ts';

/** The adapter before a stand-in. Time goes on by hand when a test says so. */
export class TestAltinn implements AsyncDisposable {
  readonly altinn: AltinnStandIn;
  readonly sender: Sender = openSender({ connectionsPerOrigin: 16 });
  readonly ended = new AbortController();
  /** Milliseconds that the clock of what is remembered is ahead. */
  ahead = 0;
  readonly now = () => monotonic() + this.ahead;

  constructor(altinn: AltinnStandIn) {
    this.altinn = altinn;
  }

  static async open(): Promise<TestAltinn> {
    return new TestAltinn(await AltinnStandIn.open());
  }

  service(more: { timeoutMs?: number; credentials?: Credentials } = {}): RemoteService {
    return new RemoteService('Altinn', {
      baseUrl: this.altinn.url,
      send: (request, limits) => this.sender.send(request, limits),
      credentials: keyOnly('key-of-ours'),
      timeoutMs: 1000,
      random: () => 0,
      signal: this.ended.signal,
      log: openLog({ level: 'silent' }),
      ...more,
    });
  }

  register(maxAge = 60_000): AltinnRegister {
    return new AltinnRegister({ service: this.service(), maxAge, now: this.now });
  }

  registry(maxAge = 60_000): AltinnRegistry {
    return new AltinnRegistry({ service: this.service(), maxAge, now: this.now });
  }

  catalogue(maxAge = 60_000): AltinnCatalogue {
    const service = this.service();
    return new AltinnCatalogue({
      ...{ registry: this.registry(maxAge), policies: service, accessManagement: this.service() },
      ...{ maxAge: { policy: maxAge, parties: maxAge }, now: this.now, log: openLog({ level: 'silent' }) },
    });
  }

  decisionPoint(maxAge = 30_000, timeoutMs = 1000): AltinnDecisionPoint {
    const service = this.service({ timeoutMs });
    return new AltinnDecisionPoint({ service, register: this.register(), maxAge, now: this.now });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ended.abort();
    await this.sender[Symbol.asyncDispose]();
    await this.altinn[Symbol.asyncDispose]();
  }
}
