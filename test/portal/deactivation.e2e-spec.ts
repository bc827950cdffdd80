import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { Downgrades } from '../../src/plans/changes/downgrades.js';
import { Sponsorships } from '../../src/plans/sponsorship/sponsorships.js';
import { BillingWorld, type Organization } from '../support/billing.js';
import { logInServer } from './logins.js';

let world: BillingWorld;
beforeAll(async () => {
  world = await BillingWorld.start();
});
afterAll(() => world.stop());

/** Whoever holds the server's key logs in to deactivate it, and says yes. */
async function deactivates({ server }: Organization) {
  const browser = await logInServer(world.service, server, { nextPage: 'deactivate' });
  const path = `/server/${server.uuid}/deactivate/`;
  await browser.open(path);
  const answer = await browser.submit(path, { confirmed: 'true' });
  const [row] = await world.service.rows<{ deactivated: boolean }>(
    'SELECT deactivated FROM remote_servers WHERE id = $1',
    [server.id],
  );
  return { status: answer.status, text: answer.text, isDeactivated: row?.deactivated };
}

describe('deactivating a server', () => {
  it('78: is refused while an organization on it has a paid plan, until that is cancelled', async () => {
    const someone = await world.organization(30);
    await someone.isCustomer({});
    await someone.has({ tier: TIER.business, shown: 30 });
    const refused = await deactivates(someone);
    expect(refused).toMatchObject({ status: 200, isDeactivated: false });
    expect(refused.text).toContain('First cancel all paid plans');

    await world.part(Downgrades).atCycleEnd(someone.holder);
    const done = await deactivates(someone);
    expect(done).toMatchObject({ status: 200, isDeactivated: true });
    expect(done.text).toContain('Registration deactivated');
  });

  it('78: is done where an organization has the Community plan only', async () => {
    const someone = await world.organization(30);
    await world.part(Sponsorships).approve(someone.holder);
    expect(await deactivates(someone)).toMatchObject({ status: 200, isDeactivated: true });
  });
});
