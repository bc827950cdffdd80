import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Readiness } from '../../src/health/readiness.js';
import { callApi } from '../support/api-client.js';
import { TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());

const get = (path: string) => callApi(service.origin, path, { method: 'GET' });

describe('/health/live', () => {
  it('answers 200 while the process runs, and is never cached', async () => {
    const { status, body, headers } = await get('/health/live');
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok' });
    expect(headers['cache-control']).toBe('no-store');
  });
});

describe('/health/ready', () => {
  it('answers 200 and names its parts when all is well', async () => {
    const { status, body, headers } = await get('/health/ready');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'ok',
      info: { service: { status: 'up' }, database: { status: 'up' } },
      error: {},
    });
    expect(headers['cache-control']).toMatch(/no-store/);
  });

  it('answers 503 and names the database where that does not answer, and 200 when it does again', async () => {
    const name = new URL(service.databaseUrl).pathname.slice(1);
    const admin = new Client({ connectionString: service.databaseUrl.replace(name, 'postgres') });
    await admin.connect();
    try {
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      let answer = await get('/health/ready');
      // A connection that is just breaking may still have answered.
      while (answer.status === 200) answer = await get('/health/ready');
      expect(answer.status).toBe(503);
      expect(answer.body).toMatchObject({
        status: 'error',
        info: { service: { status: 'up' } },
        error: { database: { status: 'down', message: 'the database does not answer' } },
      });
      expect(answer.headers['cache-control']).toBe('no-store');
      expect((await get('/health/live')).status).toBe(200);
    } finally {
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await admin.end();
    }
    let status = 503;
    while (status !== 200) ({ status } = await get('/health/ready'));
  });

  it('answers 503 from the moment at which the service is stopping, and still serves what comes', async () => {
    service.app.get(Readiness).stop();
    const { status, body } = await get('/health/ready');
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: { service: { status: 'down', message: 'stopping' } } });
    const auth = await service.addServer();
    expect((await service.call('push/unregister/all', { auth, form: { user_id: 1 } })).status).toBe(200);
  });
});
