/** A value in which `REQUIRES_ATTENTION` and `RequiresAttention` are one word. */
export function withoutCase(value: unknown): object {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) =>
    typeof member === 'string' ? member.toLowerCase().replaceAll('_', '') : member,
  ) as object;
}
