/** What keeps this process alive, counted by kind: sockets, servers, pipes, child processes, timers. */
export function takeStock(): ReadonlyMap<string, number> {
  const stock = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) stock.set(kind, (stock.get(kind) ?? 0) + 1);
  return stock;
}

/** What there is more of now than before, as `2 TCPServerWrap`. */
export function leftBehind(
  before: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
): readonly string[] {
  return [...now]
    .map(([kind, count]) => ({ kind, more: count - (before.get(kind) ?? 0) }))
    .filter(({ more }) => more > 0)
    .map(({ kind, more }) => `${more} ${kind}`);
}
