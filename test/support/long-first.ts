import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Test files that take most of a minute, or more. */
const LONG = [
  'test/browser/axe.e2e-spec.ts',
  'test/canary/canary.e2e-spec.ts',
  'test/billing/killed-anywhere.e2e-spec.ts',
  'test/billing/any-order.e2e-spec.ts',
  'test/faults/under-load.e2e-spec.ts',
  'test/faults/under-load-service.e2e-spec.ts',
  'test/cli/cli.e2e-spec.ts',
  'test/billing/two-jobs.e2e-spec.ts',
  'test/workers/workers.e2e-spec.ts',
];

/**
 * In each project the longest files first, lest one worker is left with one of them when the other has nothing to do. Without the
 * times of an earlier run, as in a clean checkout, vitest itself begins with the largest files; these are small.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map((file) => file.project))];
    return projects.flatMap((project) => {
      const own = sorted.filter((file) => file.project === project);
      const place = (file: TestSpecification) => {
        const at = LONG.indexOf(relative(this.ctx.config.root, file.moduleId));
        return at < 0 ? LONG.length : at;
      };
      // A stable sort: the others stay as they are.
      return own.sort((a, b) => place(a) - place(b));
    });
  }
}
