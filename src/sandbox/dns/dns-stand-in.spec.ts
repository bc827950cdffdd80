import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { streamDecode, streamEncode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DnsStandIn } from './dns-stand-in.js';

const dns = new DnsStandIn();
let resolver: Resolver;

beforeAll(async () => {
  await dns.start();
  resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([dns.origin]);
});

afterAll(() => dns.stop());

describe('DnsStandIn', () => {
  it('gives every domain a mail exchanger unless told otherwise', async () => {
    expect(await resolver.resolveMx('anything.test')).toEqual([{ exchange: 'mail.sandbox.test', priority: 10 }]);
    expect(dns.questions.at(-1)).toEqual({ name: 'anything.test', type: 'MX' });
  });

  it('answers the records of a zone, and nothing for types it lacks', async () => {
    dns.zone('plain.test', { a: ['192.0.2.1'], aaaa: ['2001:db8::1'], ns: ['ns.plain.test'] });
    expect(await resolver.resolve4('plain.test')).toEqual(['192.0.2.1']);
    expect(await resolver.resolve6('plain.test')).toEqual(['2001:db8::1']);
    expect(await resolver.resolveNs('plain.test')).toEqual(['ns.plain.test']);
    await expect(resolver.resolveMx('plain.test')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it.each([
    ['nxdomain', 'ENOTFOUND'],
    ['servfail', 'ESERVFAIL'],
    ['silent', 'ETIMEOUT'],
  ] as const)('can be %s', async (mode, code) => {
    dns.zone(`${mode}.test`, { mode });
    await expect(resolver.resolveMx(`${mode}.test`)).rejects.toMatchObject({ code });
  });

  it('answers over TCP too', async () => {
    const socket = connect(dns.port, '127.0.0.1');
    socket.write(streamEncode({ type: 'query', id: 7, questions: [{ type: 'MX', name: 'tcp.test' }] }));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(streamDecode(answer)).toMatchObject({
      id: 7,
      answers: [{ type: 'MX', data: { exchange: 'mail.sandbox.test' } }],
    });
  });
});
