import { fileURLToPath } from 'node:url';

/** Path of a module of the bench in the form in which the bench runs: its source, or what was built of it. */
export function asRun(source: URL): string {
  const path = fileURLToPath(source);
  return import.meta.url.endsWith('.ts') ? path : path.replace(/\.ts$/, '.js');
}
