import { applyPatch, type Operation } from 'rfc6902';
import { Failure } from '../lib/errors.ts';
import { changeDialog, type DialogCommand, refuseDeleted, refuseFrozen } from './change.ts';
import type { ReplaceInput } from './input.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { referencesIn, resolveReferences } from './references.ts';
import { applyReplacement } from './replace.ts';
import type { Written } from './transact.ts';

/** One operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export interface PatchCommand extends DialogCommand {
  readonly operations: readonly PatchOperation[];
  /** Checks the patched document as the body of a PUT. Throws `request-invalid`. */
  readonly toReplacement: (document: unknown) => ReplaceInput;
}

/** Pointers through which transmissions or activities may come in. */
const APPENDING = /^(?:$|\/?(?:transmissions|activities)(?:\/|$))/i;

/** What copies may make of a document, in characters: each copy may double it. */
const LARGEST = 4_000_000;

/**
 * PATCH: applies the operations to the body that a PUT would have to send to leave the dialog as it is, and then does
 * what that PUT does. Transmissions and activities stand in it as empty lists, so that they can only be appended to.
 */
export async function patchDialog(dialogs: DialogsOptions, command: PatchCommand): Promise<Written> {
  const { operations, caller, toReplacement } = command;
  const names = await resolveReferences(dialogs, caller, referencesIn(operations));
  return changeDialog(dialogs, command, {
    allow: (dialog) => {
      refuseDeleted(dialog);
      refuseFrozen(dialog, caller);
    },
    needsChildren: operations.some(({ path }) => APPENDING.test(path)),
    decide: (present) => {
      const patched = applyOperations(replaceModelOf(present.dialog), operations);
      return applyReplacement(present, toReplacement(patched), { command, names });
    },
  });
}

/** The dialog as the body of a PUT. What is not set stands as null, so that `replace` and `test` find it. */
function replaceModelOf({ document, ...dialog }: Dialog): Record<string, unknown> {
  return {
    progress: dialog.progress,
    status: dialog.status,
    extendedStatus: dialog.extendedStatus,
    externalReference: dialog.externalReference,
    dueAt: dialog.dueAt,
    expiresAt: dialog.expiresAt,
    process: dialog.process,
    precedingProcess: dialog.precedingProcess,
    isApiOnly: dialog.isApiOnly,
    content: document.content ?? null,
    searchTags: document.searchTags ?? [],
    attachments: document.attachments ?? [],
    guiActions: document.guiActions ?? [],
    apiActions: document.apiActions ?? [],
    transmissions: [],
    activities: [],
  };
}

/** Applies all operations to a copy, or throws `request-invalid` naming the first that cannot be applied. */
function applyOperations(model: Record<string, unknown>, operations: readonly PatchOperation[]): unknown {
  // The root is wrapped so that an operation may replace it as a whole.
  const wrapped = { root: structuredClone(model) as unknown };
  for (const [index, operation] of operations.entries()) {
    const fault = applyOne(wrapped, operation);
    if (fault) throw new Failure('request-invalid', { fields: { [`[${index}]`]: [fault] } });
  }
  return wrapped.root;
}

/** Names that every object has, and no dialog: the library passes over them. */
const INHERITED = /(?:^|\/)(?:__proto__|constructor|prototype)(?:\/|$)/;
const NOWHERE = 'points at nothing, or is incomplete';

function applyOne(wrapped: { root: unknown }, operation: PatchOperation): string | undefined {
  if (INHERITED.test(`${operation.path}/${operation.from ?? ''}`)) return NOWHERE;
  const located = {
    ...operation,
    path: locate(wrapped.root, operation.path),
    ...(operation.from !== undefined && { from: locate(wrapped.root, operation.from) }),
  } as Operation;
  const [problem] = applyPatch(wrapped, [located]);
  if (problem) return problem.name === 'TestError' ? 'the test fails' : NOWHERE;
  const grown = operation.op === 'copy' && JSON.stringify(wrapped.root).length > LARGEST;
  return grown ? 'makes the document too large' : undefined;
}

/**
 * The pointer within the wrapped document. As in ASP.NET, member names come in any letter case and the first slash may
 * be left out.
 */
function locate(root: unknown, pointer: string): string {
  if (pointer === '') return '/root';
  let value = root;
  const tokens = pointer
    .replace(/^\//, '')
    .split('/')
    .map((token) => {
      const name = isRecord(value) ? nameIn(value, token) : token;
      value = (value as Record<string, unknown> | null | undefined)?.[name];
      return name;
    });
  return ['/root', ...tokens].join('/');
}

function nameIn(value: Record<string, unknown>, token: string): string {
  const lower = token.toLowerCase();
  const known = Object.keys(value).find((name) => name.toLowerCase() === lower);
  return known ?? token.charAt(0).toLowerCase() + token.slice(1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
