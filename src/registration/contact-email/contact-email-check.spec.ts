import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import * as dnsPacket from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContactEmailCheck } from './contact-email-check.js';
import { MailDomainLookup } from './mail-domain-lookup.js';

/** Response codes of RFC 1035, 4.1.1. */
const NO_ERROR = 0;
const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;
const REFUSED = 5;

type Reply = dnsPacket.Answer[] | number | 'silence';

/** A DNS server on loopback that answers by a table of `TYPE name`; what is not in the table does not exist. */
class ScriptedDns {
  readonly asked: string[] = [];
  private constructor(
    private readonly socket: Socket,
    private readonly replies: Readonly<Record<string, Reply>>,
  ) {
    socket.on('message', (message, from) => {
      const query = dnsPacket.decode(message);
      const question = query.questions?.[0];
      if (question === undefined) return;
      this.asked.push(`${question.type} ${question.name}`);
      const reply = this.replies[`${question.type} ${question.name}`] ?? this.replies['*'] ?? NO_SUCH_NAME;
      if (reply === 'silence') return;
      const [answers, code] = typeof reply === 'number' ? [[], reply] : [reply, NO_ERROR];
      const flags = dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | code;
      const packet = { type: 'response' as const, id: query.id ?? 0, flags, questions: [question], answers };
      socket.send(dnsPacket.encode(packet), from.port, from.address);
    });
  }

  static async start(replies: Readonly<Record<string, Reply>>): Promise<ScriptedDns> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new ScriptedDns(socket, replies);
  }

  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }
}

const mx = (name: string, exchange: string): dnsPacket.Answer => ({
  type: 'MX',
  name,
  ttl: 60,
  data: { preference: 10, exchange },
});
const a = (name: string): dnsPacket.Answer => ({ type: 'A', name, ttl: 60, data: '192.0.2.1' });
const noRecords: Reply = [];

const replies: Record<string, Reply> = {
  'MX zulip.com': [mx('zulip.com', 'mail.zulip.com')],
  'MX example.org': [mx('example.org', 'mail.example.org')],
  'MX example.com': [mx('example.com', 'mail.example.com')],
  'MX mailnator.com': [mx('mailnator.com', 'mail.mailnator.com')],
  'MX xn--mnchen-3ya.de': [mx('xn--mnchen-3ya.de', 'mail.xn--mnchen-3ya.de')],
  'MX alias.org': [{ type: 'CNAME', name: 'alias.org', ttl: 60, data: 'zulip.com' }, mx('zulip.com', 'mail.zulip.com')],
  'MX only-v4.org': noRecords,
  'A only-v4.org': [a('only-v4.org')],
  'AAAA only-v6.org': [{ type: 'AAAA', name: 'only-v6.org', ttl: 60, data: '2001:db8::1' }],
  'NS only-ns.org': [{ type: 'NS', name: 'only-ns.org', ttl: 60, data: 'ns1.only-ns.org' }],
  'MX null-mx.org': [mx('null-mx.org', '.')],
  'A null-mx.org': [a('null-mx.org')],
  'MX bare-null-mx.org': [mx('bare-null-mx.org', '.')],
  'MX empty.org': noRecords,
  'A empty.org': noRecords,
  'AAAA empty.org': noRecords,
  'NS empty.org': noRecords,
  'MX half.org': noRecords,
  'A half.org': SERVER_FAILURE,
  'MX half-known.org': noRecords,
  'A half-known.org': [a('half-known.org')],
  'NS half-known.org': SERVER_FAILURE,
  'MX failing.org': SERVER_FAILURE,
  'MX refused.org': REFUSED,
  'MX silent.org': 'silence',
};

let dns: ScriptedDns;
let emails: ContactEmailCheck;

beforeEach(async () => {
  dns = await ScriptedDns.start(replies);
  emails = new ContactEmailCheck(new MailDomainLookup([dns.address]));
});
afterEach(async () => {
  await dns.stop();
});

describe('the contact address of a registration', () => {
  it.each(['server-admin@zulip.com', 'Admin@ZULIP.com', 'admin@münchen.de', 'admin@alias.org', 'admin@example.org'])(
    'may be %s, whose domain has an MX record',
    async (address) => {
      expect(await emails.check(address)).toBeUndefined();
    },
  );

  it.each([
    ['server-admin', 'Enter a valid email address.'],
    ['admin@mailnator.com', 'Please use your real email address.'],
    ['admin@MailNator.COM', 'Please use your real email address.'],
    ['admin@deep.sub.mailnator.com', 'Please use your real email address.'],
    ['admin@example.com', 'example.com is not a valid email domain.'],
    ['admin@Example.COM', 'example.com is not a valid email domain.'],
    ['admin@[127.0.0.1]', '[127.0.0.1] does not exist'],
  ])('is refused as %s without asking DNS', async (address, reason) => {
    expect(await emails.check(address)).toEqual({ kind: 'invalid', reason });
    expect(dns.asked).toEqual([]);
  });

  it.each(['only-v4.org', 'only-v6.org', 'only-ns.org', 'null-mx.org', 'bare-null-mx.org', 'half-known.org'])(
    'is refused where %s exists but takes no mail',
    async (domain) => {
      const reason = `${domain} is invalid because it does not have any MX records`;
      expect(await emails.check(`admin@${domain}`)).toEqual({ kind: 'invalid', reason });
    },
  );

  it.each(['absent.org', 'Absent.ORG', 'отсутствует.org', 'empty.org'])(
    'is refused where %s has no records, and the refusal spells the domain as it was given',
    async (domain) => {
      expect(await emails.check(`admin@${domain}`)).toEqual({ kind: 'invalid', reason: `${domain} does not exist` });
    },
  );

  it.each(['failing.org', 'refused.org', 'silent.org', 'half.org'])(
    'is not judged where the resolver has no answer about %s',
    async (domain) => {
      expect(await emails.check(`admin@${domain}`)).toEqual({ kind: 'resolver-unavailable' });
    },
  );

  it('is not judged where no resolver listens', async () => {
    const gone = await ScriptedDns.start({});
    const address = gone.address;
    await gone.stop();
    const alone = new ContactEmailCheck(new MailDomainLookup([address]));
    expect(await alone.check('admin@zulip.com')).toEqual({ kind: 'resolver-unavailable' });
  });

  it('is judged by the second resolver where the first is silent', async () => {
    const silent = await ScriptedDns.start({ '*': 'silence' });
    try {
      const both = new ContactEmailCheck(new MailDomainLookup([silent.address, dns.address]));
      expect(await both.check('admin@zulip.com')).toBeUndefined();
    } finally {
      await silent.stop();
    }
  });

  it('is checked for many registrations at once, a slow one not spoiling the others', async () => {
    const [slow, ...others] = await Promise.all(
      ['silent.org', 'zulip.com', 'example.org', 'only-v4.org'].map((domain) => emails.check(`admin@${domain}`)),
    );
    expect(slow).toEqual({ kind: 'resolver-unavailable' });
    expect(others.map((problem) => problem?.kind)).toEqual([undefined, undefined, 'invalid']);
  });
});

describe('the list of resolvers', () => {
  it('is refused at once where an address is malformed', () => {
    expect(() => new MailDomainLookup(['999.0.0.1:53'])).toThrow(TypeError);
  });

  it('may be left to the system', () => {
    expect(() => new MailDomainLookup()).not.toThrow();
  });
});
