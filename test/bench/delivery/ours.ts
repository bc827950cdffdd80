import { ConsoleLogger } from '@nestjs/common';
import { SystemClock } from '../../../src/common/clock.js';
import { ApnsHttp2Provider } from '../../../src/push/apns/apns-http2.provider.js';
import { FcmHttp2Provider } from '../../../src/push/fcm/fcm-http2.provider.js';
import type { PushOutcome } from '../../../src/push/push-outcome.js';
import {
  appleTokenOf,
  type Contestant,
  type ContestantOrder,
  DATA,
  googleTokenOf,
  TEXT,
  TITLE,
  TOPIC,
} from './contestant.js';

const BUDGET = 10_000;
const logger = new ConsoleLogger({ logLevels: ['error'] });

/** Our provider for Apple, with its pool, its deadlines and its table of reasons. */
export function oursToApple({ origin, ca, apnsKeyFile, apnsIds }: ContestantOrder): Contestant {
  const clock = new SystemClock();
  const provider = new ApnsHttp2Provider({ keyFile: apnsKeyFile, ...apnsIds, origin }, clock, logger, { ca });
  const body = JSON.stringify({ aps: { alert: { title: TITLE, body: TEXT }, sound: 'default' } });
  return {
    perCall: 1,
    send: async (call) => {
      const now = clock.millis();
      const delivery = { token: appleTokenOf(call), topic: TOPIC, body, expiration: Math.floor(now / 1000) + 86_400 };
      check(await provider.send([delivery], { deadline: now + BUDGET }));
    },
  };
}

/** Our provider for Google. */
export function oursToGoogle({ origin, ca, fcmAccountFile }: ContestantOrder): Contestant {
  const clock = new SystemClock();
  const provider = new FcmHttp2Provider({ credentialsFile: fcmAccountFile, origin }, clock, logger, { ca });
  return {
    perCall: 1,
    send: async (call) => {
      const token = googleTokenOf(call);
      const body = JSON.stringify({ message: { token, data: DATA, android: { priority: 'HIGH' } } });
      check(await provider.send([{ token, body }], { deadline: clock.millis() + BUDGET }));
    },
  };
}

function check(outcomes: readonly PushOutcome[]): void {
  for (const { kind } of outcomes) if (kind !== 'delivered') throw new Error(`a push ended as ${kind}`);
}
