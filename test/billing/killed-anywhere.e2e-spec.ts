import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Stage } from '../support/killing/stage.js';
import { outcomeOf } from './killed/outcome.js';
import { PATHS as ALL } from './killed/paths.js';
import { goTo, makeGood, rehearse, scenes } from './killed/rehearsal.js';

/** Of all paths so many, from the first to the last; `.ci/run` tries them all on one PostgreSQL, and these on another. */
const SOME = Math.min(Number(process.env['KILLED_PATHS'] ?? ALL.length), ALL.length);
const PATHS = ALL.filter((_path, i) => Math.floor((i * SOME) / ALL.length) < Math.floor(((i + 1) * SOME) / ALL.length));

let stage: Stage;
let points = 0;
/** Each point, with each of the two orders. */
let possible = 0;
beforeAll(async () => {
  stage = await Stage.start();
});
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  // The next path begins with a service that does nothing.
  await stage.kill();
  await stage.restart();
});
afterAll(async () => {
  await stage.stop();
  process.stdout.write(
    `The service was killed ${points} times on ${PATHS.length} of ${ALL.length} paths: before and after each of ${possible / 4} requests and commits` +
      `${points < possible ? `; KILL_EVERYWHERE=true makes it ${possible} times` : ''}.\n`,
  );
});

/** Stripe tells of what happened before all else, or after it. Every point is tried with one of both, or, when asked for, with each. */
const EVERYTHING = process.env['KILL_EVERYWHERE'] === 'true';

describe('a service that is killed anywhere', () => {
  it.each(PATHS.map((path) => [path.name, path] as const))(
    'makes good %s',
    async (_name, path) => {
      const [first] = await scenes(stage, path, 1);
      if (!first) throw new Error('nothing is arranged');
      const way = await rehearse(path, first);
      possible += 2 * way.length;
      await makeGood(path, [first], stage, [first]);
      expect(await outcomeOf(first.someone)).toEqual(path.outcome);

      const rounds = EVERYTHING ? [0, 1] : [0];
      for (const round of rounds) {
        const all = await scenes(stage, path, way.length);
        for (const [point, scene] of all.entries()) {
          expect(await goTo(path, scene, point)).toEqual(way.slice(0, point + 1));
        }
        await stage.kill();
        await stage.restart();
        // Neighbours are the same point, before it and after it.
        await makeGood(
          path,
          all,
          stage,
          all.filter((_scene, point) => (point >> 1) % 2 === round),
        );
        for (const [point, { someone }] of all.entries()) {
          const outcome = await outcomeOf(someone);
          const isOther = path.otherwise && outcome.plan === null;
          expect(outcome, `killed ${way[point]} (${point})`).toEqual(isOther ? path.otherwise : path.outcome);
          points += 1;
        }
      }
    },
    300_000,
  );
});
