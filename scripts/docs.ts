import { writeFile } from 'node:fs/promises';
import { configurationDocument } from './configuration-doc.ts';

/** Writes the generated documents. A test fails when one of them differs from what this would write. */
const target = new URL('../docs/configuration.md', import.meta.url);
await writeFile(target, configurationDocument());
