/** What makes Altinn answer us. */
export interface Credentials {
  /** Headers of a request. Rejects with Failure('decision-unavailable') when they cannot be had. */
  headers(): Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  /** A request that had these headers was answered with 401: they are not used again. */
  refused(headers: Readonly<Record<string, string>>): void;
}

/** The subscription key of Altinn's gateway, which goes with every request; none where there is no gateway. */
export function gatewayKey(key: string | undefined): Readonly<Record<string, string>> {
  return key === undefined ? {} : { 'ocp-apim-subscription-key': key };
}

/** A key and no token, for an Altinn that is reached from within. */
export function keyOnly(key: string | undefined): Credentials {
  return { headers: () => gatewayKey(key), refused: () => undefined };
}
