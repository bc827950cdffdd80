import { defineConfig } from 'vitest/config';

/** Small tests lie beside the source (`*.spec.ts`); app tests under `test/` (`*.e2e-spec.ts`) run the service on sockets. */
export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.spec.ts', 'test/**/*.e2e-spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // The machine that proves this has two cores and is noisy: generous limits, no timing assertions.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
