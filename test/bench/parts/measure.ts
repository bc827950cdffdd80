import { CpuMeter } from './cpu.js';
import type { LoadOrder, LoadResult } from './load.js';
import type { Part } from './part.js';
import type { Population } from './population.js';
import { familyOf, memoryOf } from './processes.js';
import type { BenchService } from './service.js';

/** What came of one turn. */
export interface Turn extends LoadResult {
  /** Processor time of the service for each notification, microseconds. */
  readonly cpuMicros: number;
  /** What the service held at its end, megabytes. */
  readonly memory: number;
}

/**
 * Sends notifications to a service for a while.
 *
 * @throws Error for any answer but 200
 */
export async function notifyFor(
  service: BenchService,
  load: Part,
  population: Population,
  order: Pick<LoadOrder, 'seconds' | 'inFlight'> & Partial<LoadOrder>,
): Promise<Turn> {
  const meter = new CpuMeter(familyOf(service.pid));
  const first = Math.floor(Math.random() * population.users);
  const result = await load.call<LoadResult>('run', {
    port: service.port,
    endpoint: 'notify',
    population,
    first,
    ...order,
  });
  if (Object.keys(result.failed).length > 0)
    throw new Error(`not every answer was 200: ${JSON.stringify(result.failed)}`);
  return {
    ...result,
    memory: memoryOf(service.pid),
    cpuMicros: (meter.seconds(familyOf(service.pid)) * 1e6) / result.answered,
  };
}
