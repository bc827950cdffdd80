import { expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import { VerificationSecrets } from './verification-secrets.js';

class StoppedClock extends Clock {
  at = Date.UTC(2030, 0, 1, 0, 0, 0, 700);
  now(): Date {
    return new Date(this.at);
  }
}

const [OLD, NEW] = ['the old secret, long enough to be one', 'the new secret, long enough to be one'];

it('are good for exactly ten seconds', async () => {
  const clock = new StoppedClock();
  const secrets = new VerificationSecrets([OLD], clock);
  const secret = await secrets.issue('zulip.example.com');
  expect(secret).toMatch(/^[0-9A-F]+$/);
  clock.at += 10_000;
  expect(await secrets.check(secret, 'zulip.example.com')).toBe('good');
  clock.at += 1;
  expect(await secrets.check(secret, 'zulip.example.com')).toBe('expired');
});

it('are accepted while their key is still among the accepted ones', async () => {
  const clock = new StoppedClock();
  const secret = await new VerificationSecrets([OLD], clock).issue('zulip.example.com');
  const check = (secrets: string[]) => new VerificationSecrets(secrets, clock).check(secret, 'zulip.example.com');
  expect(await check([NEW, OLD])).toBe('good');
  expect(await check([NEW])).toBe('invalid');
});

it('are signed by the first key', async () => {
  const clock = new StoppedClock();
  const secret = await new VerificationSecrets([NEW, OLD], clock).issue('zulip.example.com');
  expect(await new VerificationSecrets([NEW], clock).check(secret, 'zulip.example.com')).toBe('good');
});

it('are invalid once anything in them is changed', async () => {
  const secrets = new VerificationSecrets([OLD], new StoppedClock());
  const secret = await secrets.issue('zulip.example.com');
  const [head, , signature] = Buffer.from(secret, 'hex').toString().split('.');
  const forged = Buffer.from(JSON.stringify({ sub: 'other.example.com', iat: 1_893_456_000 })).toString('base64url');
  const text = [head, forged, signature].join('.');
  expect(await secrets.check(Buffer.from(text).toString('hex').toUpperCase(), 'other.example.com')).toBe('invalid');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${forged}.`;
  expect(await secrets.check(Buffer.from(unsigned).toString('hex').toUpperCase(), 'other.example.com')).toBe('invalid');
});
