import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../parts/cleanup.js';

/** A folder that is removed at the end. */
export async function temporaryDirectory(cleanup: Cleanup): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'push-bouncer-bench-'));
  cleanup.add(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  // Others may pass through but not look: under root, PostgreSQL runs as another user and must reach its data.
  await chmod(directory, 0o711);
  return directory;
}
