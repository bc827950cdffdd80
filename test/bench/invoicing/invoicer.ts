import type { INestApplicationContext } from '@nestjs/common';
import { withServices } from '../../../src/cli/service-context.js';
import { InvoicingJob } from '../../../src/plans/invoicing/invoicing-job.js';
import { answerCalls } from '../parts/answer-calls.js';

/** The invoicing job as the command `invoice-plans` has it, in a process that stays. */

/** What a run came to. */
export interface Run {
  readonly seconds: number;
  readonly done: number;
  readonly failed: number;
}

let services: INestApplicationContext | undefined;

function start({ env, directory }: { env: Readonly<Record<string, string>>; directory: string }): Promise<void> {
  // Not the project's directory, which may have a .env.
  process.chdir(directory);
  Object.assign(process.env, env);
  return new Promise((resolve, reject) => {
    const work = async (all: INestApplicationContext) => {
      services = all;
      resolve();
      await new Promise(() => undefined);
    };
    withServices(work).catch(reject);
  });
}

async function run({ asOf }: { asOf: string }): Promise<Run> {
  const begun = performance.now();
  const report = await services?.get(InvoicingJob).run(new Date(asOf));
  const seconds = (performance.now() - begun) / 1_000;
  return { seconds, done: report?.done.length ?? 0, failed: report?.failed.length ?? 0 };
}

answerCalls({ start, run });
