import Fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installAllowedMethods } from './allowed-methods.hook.js';

const PATH = '/api/v1/remotes/thing';

describe('methods of the API', () => {
  let fastify: ReturnType<typeof Fastify>;
  beforeEach(async () => {
    fastify = Fastify();
    installAllowedMethods(fastify);
    fastify.post(PATH, () => 'posted');
    fastify.get('/api/v1/remotes/status', () => 'got');
    fastify.route({ method: ['GET', 'POST'], url: '/api/v1/remotes/both', handler: () => 'both' });
    fastify.post('/elsewhere', () => 'elsewhere');
    await fastify.ready();
  });
  afterEach(() => fastify.close());

  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'OPTIONS' | 'HEAD', url: string) => {
    const answer = await fastify.inject({ method, url });
    return [answer.statusCode, answer.headers.allow, answer.body];
  };
  const wrong = (...names: string[]) => [
    405,
    names.join(', '),
    `{"result":"error","msg":"Method Not Allowed","allowed_methods":${JSON.stringify(names)}}`,
  ];

  it('let the right one through, with a query too', async () => {
    expect(await ask('POST', PATH)).toEqual([200, undefined, 'posted']);
    expect(await ask('POST', `${PATH}?a=1`)).toEqual([200, undefined, 'posted']);
    expect(await ask('GET', '/api/v1/remotes/both')).toEqual([200, undefined, 'both']);
  });

  it('answer a wrong one with those that there are', async () => {
    expect(await ask('GET', PATH)).toEqual(wrong('POST'));
    expect(await ask('PUT', `${PATH}?a=1`)).toEqual(wrong('POST'));
    expect(await ask('OPTIONS', PATH)).toEqual(wrong('POST'));
    expect(await ask('POST', '/api/v1/remotes/status')).toEqual(wrong('GET'));
    expect(await ask('PUT', '/api/v1/remotes/both')).toEqual(wrong('GET', 'POST'));
  });

  it('are nobody else’s business', async () => {
    expect((await ask('GET', '/elsewhere'))[0]).toBe(404);
    expect((await ask('GET', `${PATH}/`))[0]).toBe(404);
    expect((await ask('GET', '/api/v1/remotes/none'))[0]).toBe(404);
  });
});
