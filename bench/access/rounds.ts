export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/**
 * CPU-µs of this process that the work took, each time that it was done; the first times, which warm up, are left out.
 * Not the time on the clock: who else works on the machine is no cost of ours.
 */
export function rounds(times: number, work: () => void): number[] {
  const taken: number[] = [];
  for (let time = -2; time < times; time++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    if (time >= 0) taken.push(user + system);
  }
  return taken;
}
