const RESOURCE_URN = /^urn:[a-z0-9-]{1,30}(:[a-z0-9()+,\-.;$_!/]{1,100}){1,10}$/;

/** The shape that Altinn Events asks of `resource`: narrower than RFC 8141, so neither capitals nor percent signs. */
export function isResourceUrn(text: string): boolean {
  return RESOURCE_URN.test(text);
}
