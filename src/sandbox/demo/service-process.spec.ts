import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from './free-port.js';
import { ServiceProcess } from './service-process.js';

const SERVES = `import { createServer } from 'node:http';
console.log('starting');
process.on('SIGTERM', () => process.exit(Number(process.env.CODE)));
createServer((_request, response) => response.end()).listen(Number(process.env.PORT), '127.0.0.1');`;

let dir: string;
let service: ServiceProcess | undefined;

async function run(script: string, code = '0'): Promise<ServiceProcess> {
  const entry = join(dir, 'service.mjs');
  await writeFile(entry, script);
  const port = await freePort(0);
  service = new ServiceProcess({
    entry,
    env: { PORT: String(port), CODE: code },
    cwd: dir,
    readyUrl: `http://127.0.0.1:${port}/health/ready`,
  });
  return service;
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'service-process-'));
});

afterEach(async () => {
  await service?.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('ServiceProcess', () => {
  it('waits until the service answers, and ends it in order', async () => {
    const started = await run(SERVES);
    await started.start(30_000);
    expect(started.running).toBe(true);
    expect(started.logTail).toContain('starting');
    expect(await started.stop()).toBe(true);
    expect(started.running).toBe(false);
  });

  it('says when the service did not end well', async () => {
    const started = await run(SERVES, '3');
    await started.start(30_000);
    expect(await started.stop()).toBe(false);
  });

  it('fails at once with the log when the service cannot start', async () => {
    const started = await run("console.error('PORT is wrong'); process.exit(2);");
    await expect(started.start(30_000)).rejects.toThrow('exit code 2');
    await expect.poll(() => started.logTail).toContain('PORT is wrong');
  });

  it('gives up on a service that never gets ready', async () => {
    const started = await run('setInterval(() => undefined, 1000);');
    await expect(started.start(300)).rejects.toThrow('not ready');
  });
});

describe('freePort', () => {
  it('takes the wished port, or another one where that is taken', async () => {
    const wished = await freePort(0);
    expect(await freePort(wished)).toBe(wished);
    const { createServer } = await import('node:net');
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(wished, '127.0.0.1', resolve));
    const other = await freePort(wished);
    taken.close();
    expect(other).toBeGreaterThan(0);
    expect(other).not.toBe(wished);
  });
});
