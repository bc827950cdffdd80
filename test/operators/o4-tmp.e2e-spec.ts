import { it } from 'vitest';
import { TestService } from '../support/service.js';
it('x', async () => {
  const s = await TestService.start();
  console.log(s.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false }));
  await s.stop();
});
