import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../../src/sandbox/transport/authority.js';
import type { Cleanup } from './cleanup.js';
import { Part } from './part.js';

/** Where pushes go in a benchmark, with credentials for it as files. */
export interface Surroundings {
  readonly directory: string;
  readonly caFile: string;
  readonly caPem: string;
  readonly apnsKeyFile: string;
  readonly fcmAccountFile: string;
  readonly pushHost: Part;
  /** Of the push host; its certificate is for `localhost`. */
  readonly port: number;
}

export const APNS_IDS = { keyId: 'BENCHKEY01', teamId: 'BENCHTEAM1' };
export const FCM_PROJECT = 'bench';

/**
 * Node's HTTP/2 server keeps what ended until a full garbage collection, which takes 40 ms and more: as few of them as possible, since the
 * provider's pauses are not the service's.
 */
const PUSH_HOST_OPTIONS = ['--initial-old-space-size=1024'];

/** Starts the push host and writes the credentials. */
export async function startSurroundings(cleanup: Cleanup): Promise<Surroundings> {
  const directory = await mkdtemp(join(tmpdir(), 'push-bouncer-bench-'));
  cleanup.add(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  // Others may pass through but not look: under root, PostgreSQL runs as another user and must reach its data.
  await chmod(directory, 0o711);
  const authority = await Authority.create();
  const pushHost = Part.start(new URL('push-host.js', import.meta.url), PUSH_HOST_OPTIONS);
  cleanup.add(() => pushHost.stop());
  const { port, tokenPort } = await pushHost.call<{ port: number; tokenPort: number }>('start', authority.server);
  const file = async (name: string, content: string) => {
    const path = join(directory, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  return {
    directory,
    caPem: authority.caPem,
    caFile: await file('ca.pem', authority.caPem),
    apnsKeyFile: await file('apns.p8', pem(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)),
    fcmAccountFile: await file(
      'fcm.json',
      JSON.stringify({
        project_id: FCM_PROJECT,
        client_email: 'bench@bench.iam.gserviceaccount.com',
        private_key: pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
        token_uri: `http://127.0.0.1:${tokenPort}/token`,
      }),
    ),
    pushHost,
    port,
  };
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
