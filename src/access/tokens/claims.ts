/**
 * What an issuer is believed about. Maskinporten knows organisations, ID-porten knows persons, and `altinn` (the token
 * exchange of Altinn, or the development issuer) knows both and adds claims of its own.
 */
export type IssuerKind = 'maskinporten' | 'idporten' | 'altinn';

/** The content of a verified token. */
export interface Claims {
  readonly issuer: string;
  readonly kind: IssuerKind;
  /** Epoch milliseconds. */
  readonly expires: number;
  readonly values: Readonly<Record<string, unknown>>;
}
