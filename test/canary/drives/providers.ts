import { expect } from 'vitest';
import { APNS_REASON_STATUS } from '../../../src/sandbox/apns/apns-reasons.js';
import type { ApnsAnswer } from '../../../src/sandbox/apns/apns-stand-in.js';
import { FCM_ERRORS, type FcmErrorCode } from '../../../src/sandbox/fcm/fcm-errors.js';
import type { FcmAnswer } from '../../../src/sandbox/fcm/fcm-stand-in.js';
import type { Turn } from '../../../src/sandbox/transport/script.js';
import { canary } from '../canaries.js';
import type { CanaryWorld, Owner } from '../canary-world.js';
import type { Drive } from './drive.js';

/** Sends to a user of its own for each of these behaviours, all at once, and answers the statuses. */
async function send(
  world: CanaryWorld,
  apple: readonly Turn<ApnsAnswer>[],
  google: readonly Turn<FcmAnswer>[],
): Promise<number[]> {
  const auth = await world.aServer();
  const owners: Owner[] = [];
  for (let i = 0; i < Math.max(apple.length, google.length); i++) owners.push(await world.anOwner(auth));
  owners.forEach((owner, i) => {
    const [onApple, onGoogle] = [apple[i], google[i]];
    if (onApple) world.around.apns.script.forToken(owner.apple, onApple);
    if (onGoogle) world.around.fcm.script.forToken(owner.android, onGoogle);
  });
  const answers = await Promise.all(owners.map((owner) => world.notify(owner)));
  return answers.map(({ status }) => status);
}

/** What a provider, or a proxy in front of it, may quote back: a sentence, a page, something very long. */
const quotes = (): string[] => {
  const text = `Invalid value at 'message.data[0].value': "${canary('content')}"`;
  return [
    JSON.stringify({ reason: text, error: { code: 400, status: text, message: text, details: [{ reason: text }] } }),
    `<html><title>Bad request</title><body>${canary('content')}</body></html>`,
    `{"reason": "${canary('content')}`,
    `${canary('content')} `.repeat(20_000),
    '',
  ];
};

const only = (statuses: readonly number[]) => [...new Set(statuses)].sort();

export const providerDrives: readonly Drive[] = [
  {
    name: 'a notification that both providers take',
    run: async (world) => {
      expect(await send(world, [{}], [{}])).toEqual([200]);
      // What was planted is what arrives: else there would be nothing to search for.
      expect(world.around.apns.received.at(-1)?.rawBody).toContain('qzcanarycontentqz');
      expect(world.around.fcm.received.at(-1)?.rawBody).toContain('qzcanarycontentqz');
    },
  },
  {
    name: "every reason of Apple's, those of Google's beside them",
    run: async (world) => {
      const apple = Object.keys(APNS_REASON_STATUS).map((reason) => ({ answer: { reason } }));
      const google = (Object.keys(FCM_ERRORS) as FcmErrorCode[]).map((error) => ({ answer: { error } }));
      const same = apple.map((_, i) => google[i % google.length] ?? {});
      expect(only(await send(world, apple, same))).toEqual([200, 503]);
    },
  },
  {
    name: 'answers that quote what was sent',
    run: async (world) => {
      for (const status of [200, 400, 403, 404, 413, 429, 500]) {
        const answers = quotes().map((rawBody) => ({
          answer: { status, rawBody, headers: { 'x-quote': canary('content') } },
        }));
        expect(only(await send(world, answers, answers)).filter((got) => got !== 200 && got !== 503)).toEqual([]);
      }
    },
  },
  {
    name: 'providers that hang, reset, go away or break off',
    run: async (world) => {
      const turns: Turn<never>[] = [
        { fault: { kind: 'hang' } },
        { fault: { kind: 'reset' } },
        { fault: { kind: 'reset', code: 2 } },
        { fault: { kind: 'goaway' } },
        { fault: { kind: 'goaway', code: 11 } },
        { fault: { kind: 'destroy' } },
      ];
      expect(only(await send(world, turns, turns))).toContain(503);
      world.around.apns.goAway();
      world.around.fcm.destroyConnections();
      expect(await send(world, [{}], [{}])).toEqual([200]);
    },
  },
  {
    name: "Google's token endpoint that refuses, quotes, or breaks off",
    run: async (world) => {
      const { fcm } = world.around;
      const refusals = [
        {
          answer: {
            status: 400,
            body: JSON.stringify({ error: 'invalid_grant', error_description: canary('content') }),
          },
        },
        { answer: { status: 500, body: `<html>${canary('content')}</html>` } },
        { answer: { status: 200, body: JSON.stringify({ access_token: 7, note: canary('content') }) } },
        { fault: { kind: 'destroy' as const } },
      ];
      for (const refusal of refusals) {
        fcm.tokenScript.otherwise(refusal);
        const service = await world.start();
        const owner = await world.anOwner(await world.aServer());
        expect([200, 503]).toContain((await world.notify(owner, service)).status);
        expect(await service.stop()).toEqual({ code: 0, signal: null });
      }
      fcm.tokenScript.clear();
    },
  },
  {
    name: 'providers that cannot be reached, are not trusted, or are not set up',
    run: async (world) => {
      const nowhere = { APNS_ORIGIN: 'https://127.0.0.1:1', FCM_ORIGIN: 'https://127.0.0.1:1' };
      const none = { APNS_KEY_FILE: '', APNS_KEY_ID: '', APNS_TEAM_ID: '', FCM_CREDENTIALS_FILE: '' };
      const statuses = await Promise.all(
        [nowhere, { NODE_EXTRA_CA_CERTS: '' }, none].map(async (env) => {
          const service = await world.start(env);
          const owner = await world.anOwner(await world.aServer());
          const { status } = await world.notify(owner, service);
          expect(await service.stop()).toEqual({ code: 0, signal: null });
          return status;
        }),
      );
      expect(statuses).toEqual([503, 503, 200]);
    },
  },
];
