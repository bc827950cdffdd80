import { afterAll, beforeAll, describe, it } from 'vitest';
import { BillingWorld } from '../support/billing.js';
import { Chromium, lacksChromium } from '../support/chromium.js';
import { T0 } from '../support/sample-plan.js';
import { BILLING_SCREENS } from './screens/billing-screens.js';
import { LOGIN_SCREENS } from './screens/login-screens.js';
import { look } from './screens/look.js';
import { OPERATOR_SCREENS } from './screens/operator-screens.js';
import { PLAN_SCREENS } from './screens/plan-screens.js';

/** Every page in every state; with `SCREENSHOTS` set, a picture of each is written to that folder. */
describe.skipIf(lacksChromium())('everybody can use', { timeout: 240_000 }, () => {
  let world: BillingWorld;
  let chromium: Chromium;
  beforeAll(async () => {
    world = await BillingWorld.start({ FREE_TRIAL_DAYS: '30', OPERATOR_SECOND_FACTOR: 'optional' });
    chromium = await Chromium.start(world.service);
  }, 240_000);
  afterAll(async () => {
    await chromium?.stop();
    await world?.stop();
  });

  const screens = [...LOGIN_SCREENS, ...PLAN_SCREENS, ...BILLING_SCREENS, ...OPERATOR_SCREENS];
  it.each(screens.map((screen) => [screen.name, screen] as const))('the page %s', async (_, screen) => {
    world.service.clock.set(T0);
    world.stripe.faults.clear();
    await look(chromium, screen, await screen.arrange(world));
  });
});
