import { setTimeout as sleep } from 'node:timers/promises';
import { InvoicingJob } from '../../../src/plans/invoicing/invoicing-job.js';
import { BillingUpkeep } from '../../../src/plans/purchase/billing-upkeep.job.js';
import type { Stage } from '../../support/killing/stage.js';
import { T0 } from '../../support/sample-plan.js';
import type { Path, Scene } from './path.js';

const AT_ONCE = 4;
const COURSE_MILLIS = 300_000;

/** So many organizations that stand as a path wants them when it begins. */
export async function scenes(stage: Stage, path: Path, count: number): Promise<Scene[]> {
  const { service, stripe } = stage.world;
  await service.rows('TRUNCATE remote_servers, customers CASCADE');
  service.clock.set(T0);
  stripe.webhooks.sendTo({ url: `${service.origin}/stripe/webhook/`, secret: 'whsec_test' });
  const all = await each(Array.from({ length: count }), async () => ({ stage, someone: await path.arrange(stage) }));
  stripe.webhooks.forgetEndpoints();
  service.clock.set(path.at);
  await each(all, async (scene) => {
    await scene.someone.uploads();
    await path.before?.(scene);
  });
  await stage.quiet();
  return all;
}

/** Goes through a path undisturbed; answers the points it came by. */
export async function rehearse(path: Path, scene: Scene): Promise<readonly string[]> {
  const { points, world } = scene.stage;
  world.service.clock.set(path.at);
  points.begin();
  await path.course(scene);
  return points.end();
}

/** Goes along a path as far as a point, and stays there. Answers the points it came by. */
export async function goTo(path: Path, scene: Scene, point: number): Promise<readonly string[]> {
  const { points, world } = scene.stage;
  world.service.clock.set(path.at);
  const { isHeld } = points.begin(point);
  const course = path.course(scene).then(
    () => Promise.reject(new Error('the path was gone to its end')),
    // When the process is killed.
    (error: unknown) => Promise.reject(error),
  );
  const late = sleep(COURSE_MILLIS, undefined, { ref: false }).then(() => Promise.reject(new Error('nothing happens')));
  course.catch(() => undefined);
  late.catch(() => undefined);
  await Promise.race([isHeld, course, late]);
  scene.stage.held.add(scene.someone);
  return points.end();
}

/**
 * What happens after a crash: what was lost is sent again, whoever waits asks again, time goes by.
 *
 * @param prompt of whom Stripe tells at once; of the others it tells when all else has happened
 */
export async function makeGood(
  path: Path,
  all: readonly Scene[],
  stage: Stage,
  prompt: readonly Scene[],
): Promise<void> {
  const { service, stripe } = stage.world;
  const deliver = (some: readonly Scene[]) => each(some, ({ someone }) => stage.deliver(someone));
  const upkeep = () => stage.tell('plans/purchase/billing-upkeep.job.js', BillingUpkeep, 'run');
  service.clock.set(path.againAt ?? path.at);
  await upkeep();
  await deliver(prompt);
  const { again } = path;
  if (again) await each(all, (scene) => unlessRefused(again(scene)));
  await deliver(prompt);
  service.clock.advance(11 * 60);
  await upkeep();
  await deliver(all);
  await stage.tell('plans/invoicing/invoicing-job.js', InvoicingJob, 'run', service.clock.now());
  // Stripe charges by itself after an hour.
  service.clock.advance(2 * 3_600);
  stripe.advance();
  await deliver(all);
  await upkeep();
}

/** What was done before the crash is refused. */
async function unlessRefused(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Error && error.message.startsWith('AppError: '))) throw error;
  });
}

/** Some at a time. */
async function each<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = all.entries();
  const worker = async () => {
    for (const [place, one] of rest) results[place] = await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
