import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../src/sandbox/demo/free-port.js';
import type { Cleanup } from './cleanup.js';
import { APNS_IDS, type Surroundings } from './surroundings.js';

/** The service as it runs in production: one process of `main.js`. */
export interface BenchService {
  readonly pid: number;
  readonly port: number;
}

const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url));
const READY_MS = 60_000;
/** As in the image (`docker/Dockerfile`). Options given by the benchmark come later and win. */
const NODE_OPTIONS = ['--max-semi-space-size=64'];

/** @param execArgv options for Node; `env`: settings that replace or add to those of all benchmarks */
export async function startService(
  surroundings: Surroundings,
  databaseUrl: string,
  cleanup: Cleanup,
  execArgv: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<BenchService> {
  const port = await freePort(0);
  const child = spawn(process.execPath, [...NODE_OPTIONS, ...execArgv, MAIN], {
    cwd: surroundings.directory,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      DATA_DIR: surroundings.directory,
      DATABASE_URL: databaseUrl,
      SESSION_SECRET: 'for-benchmarks-only-and-long-enough-to-be-taken-for-a-secret',
      RATE_LIMIT_PER_MINUTE: '10000000',
      FREE_USERS: '1000000',
      LOG_LEVEL: 'error',
      LOG_FORMAT: 'json',
      NODE_EXTRA_CA_CERTS: surroundings.caFile,
      APNS_KEY_FILE: surroundings.apnsKeyFile,
      APNS_KEY_ID: APNS_IDS.keyId,
      APNS_TEAM_ID: APNS_IDS.teamId,
      APNS_ORIGIN: `https://localhost:${surroundings.port}`,
      FCM_CREDENTIALS_FILE: surroundings.fcmAccountFile,
      FCM_ORIGIN: `https://localhost:${surroundings.port}`,
      ...env,
    },
  });
  cleanup.add(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  });
  const deadline = Date.now() + READY_MS;
  while (!(await isReady(port))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('the service did not start');
    await sleep(200);
  }
  return { pid: child.pid ?? 0, port };
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
