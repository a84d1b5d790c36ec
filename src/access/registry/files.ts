import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultListener } from './faults.ts';

export interface FileOfFolder {
  readonly directory: string;
  /** Path within the folder, with slashes: as faults name it. */
  readonly name: string;
  /** Bytes. */
  readonly largest: number;
  readonly faults: FaultListener;
}

/** A JSON document of the folder; undefined, and a fault told, when it cannot be had. */
export async function readJson(file: FileOfFolder): Promise<unknown> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    file.faults.add(file.name, `is not JSON: ${whereIn(text, thrown)}`);
    return undefined;
  }
}

/** A UTF-8 text of the folder, without its byte-order mark; undefined, and a fault told, when it cannot be had. */
export async function readText(file: FileOfFolder): Promise<string | undefined> {
  try {
    const bytes = await readAtMost(join(file.directory, file.name), file.largest);
    if (bytes !== undefined) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    file.faults.add(file.name, `is larger than ${file.largest} bytes`);
  } catch (thrown) {
    file.faults.add(file.name, whyUnreadable(thrown));
  }
  return undefined;
}

/** The whole file; undefined when it is larger. */
async function readAtMost(path: string, largest: number): Promise<Uint8Array | undefined> {
  await using handle = await open(path);
  const { size } = await handle.stat();
  return size > largest ? undefined : await handle.readFile();
}

function whyUnreadable(thrown: unknown): string {
  if (thrown instanceof TypeError) return 'is not UTF-8';
  const { code } = thrown as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'is missing' : `cannot be read (${code ?? 'unknown reason'})`;
}

/** Line and column, else the character that the parser stumbled over. Its own message repeats what stands around. */
function whereIn(text: string, thrown: unknown): string {
  const message = String(thrown);
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined)
    return /: (Unexpected token '.'|Unexpected end)/su.exec(message)?.[1] ?? 'no place is told';
  const before = text.slice(0, Number(position)).split('\n');
  return `line ${before.length} column ${(before.at(-1)?.length ?? 0) + 1}`;
}
