/** Names one event on its way to one subscription: the same for every attempt. */
export function deliveryOf(subscription: number, position: number): string {
  return `${subscription}-${position}`;
}

/** The position that a name of a delivery of this subscription holds; undefined when it is none. */
export function positionOfDelivery(subscription: number, name: unknown): number | undefined {
  const [, owner, position] = (typeof name === 'string' && /^(\d{1,10})-(\d{1,16})$/.exec(name)) || [];
  const isOurs = Number(owner) === subscription && Number.isSafeInteger(Number(position));
  return isOurs ? Number(position) : undefined;
}
