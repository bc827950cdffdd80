import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into the service before it starts (`--import …delay-probe.js?file=PATH`): on SIGUSR2 writes how long the event loop was held up
 * at most since the last time, in milliseconds, and starts anew.
 */
const file = new URL(import.meta.url).searchParams.get('file') ?? '';
const histogram = monitorEventLoopDelay({ resolution: 5 });
histogram.enable();
process.on('SIGUSR2', () => {
  writeFileSync(file, JSON.stringify({ max: histogram.max / 1e6, p99: histogram.percentile(99) / 1e6 }));
  histogram.reset();
});
