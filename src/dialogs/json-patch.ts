import { applyPatch, type Operation } from 'rfc6902';
import { Failure } from '../lib/errors.ts';
import { locate } from './json-pointer.ts';

/** One operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** What copies may add to a document, in characters: each copy may double it. */
const MOST_COPIED = 4_000_000;

const NOWHERE = 'points at nothing, or is incomplete';

/** Applies all operations to a copy, or throws `request-invalid` naming the first that cannot be applied. */
export function applyOperations(document: object, operations: readonly PatchOperation[]): unknown {
  // The root is wrapped so that an operation may replace it as a whole.
  const wrapped = { root: structuredClone(document) as unknown };
  let copied = 0;
  for (const [index, operation] of operations.entries()) {
    if (operation.op === 'copy') copied += sizeAt(wrapped.root, operation.from);
    const fault = copied > MOST_COPIED ? 'makes the document too large' : applyOne(wrapped, operation);
    if (fault) throw new Failure('request-invalid', { fields: { [`[${index}]`]: [fault] } });
  }
  return wrapped.root;
}

/**
 * The library reads and writes whatever JavaScript has under a name: inherited members, the length of a list. So it is
 * given only pointers that lead somewhere in the document.
 */
function applyOne(wrapped: { root: unknown }, operation: PatchOperation): string | undefined {
  const path = locate(wrapped.root, operation.path);
  const from = operation.from === undefined ? undefined : locate(wrapped.root, operation.from);
  const mayBeNew = ['add', 'copy', 'move'].includes(operation.op);
  if (!path || !(path.exists || mayBeNew)) return NOWHERE;
  if (operation.from !== undefined && !from?.exists) return NOWHERE;
  const located = {
    ...operation,
    path: `/root${path.pointer}`,
    ...(from && { from: `/root${from.pointer}` }),
  } as Operation;
  const [problem] = applyPatch(wrapped, [located]);
  if (problem) return problem.name === 'TestError' ? 'the test fails' : NOWHERE;
  return undefined;
}

function sizeAt(root: unknown, pointer: string | undefined): number {
  const from = pointer === undefined ? undefined : locate(root, pointer);
  return from?.exists ? JSON.stringify(from.value ?? null).length : 0;
}
