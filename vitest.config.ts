import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.js';

/** App tests that use no PostgreSQL but one that they start themselves, or none: another PostgreSQL makes no difference to them. */
const APART = [
  'test/canary/canary.e2e-spec.ts',
  'test/embedded-postgres.e2e-spec.ts',
  'test/faults/providers.e2e-spec.ts',
  'test/faults/providers-answers.e2e-spec.ts',
  'test/metrics/workers.e2e-spec.ts',
  'test/process/settings.e2e-spec.ts',
  'test/workers/workers.e2e-spec.ts',
];

/** A part of the tests; `npm test -- --project=NAME` runs it alone. */
function project(name: string, include: string[], exclude: string[] = []) {
  return {
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    test: {
      name,
      include,
      exclude,
      setupFiles: ['test/support/left-as-found.ts'],
      // The files that a worker runs share its modules: to load Nest and TypeORM for each took a third of the time.
      isolate: false,
      // The machine that proves this has two cores and is noisy: generous limits, no timing assertions.
      testTimeout: 60_000,
      hookTimeout: 120_000,
      maxWorkers: 2,
    },
  };
}

/**
 * Small tests lie beside the source (`*.spec.ts`); app tests under `test/` (`*.e2e-spec.ts`) run the service on sockets. `.ci/run`
 * repeats the project `database` on another PostgreSQL. In `without-database` there is none to be had, so that no test can use one
 * and not be repeated; pages look the same on any.
 */
export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    projects: [
      project('without-database', ['src/**/*.spec.ts', 'test/**/*.spec.ts', ...APART]),
      project('browser', ['test/browser/**/*.e2e-spec.ts']),
      project('database', ['test/**/*.e2e-spec.ts'], ['test/browser/**', ...APART]),
    ],
  },
});
