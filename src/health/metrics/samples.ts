import { Counter, Gauge, type Registry } from 'prom-client';

/** A value and what it is of. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A metric whose values are looked up when somebody asks for them, so that it costs nothing in between. */
export interface SampledMetric {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** What several workers' values make together; unless told otherwise their sum. */
  readonly together?: 'sum' | 'max' | 'min';
  read(): Iterable<Sample>;
}

/** One whose values are asked for elsewhere first. */
export interface AwaitedMetric extends Omit<SampledMetric, 'read'> {
  read(): Iterable<Sample> | Promise<Iterable<Sample>>;
}

/** A value that goes up and down. */
export function sampleGauge(
  registry: Registry,
  { name, help, labels = [], together = 'sum', read }: AwaitedMetric,
): void {
  new Gauge({
    name,
    help,
    labelNames: [...labels],
    aggregator: together,
    registers: [registry],
    async collect() {
      const samples = await read();
      this.reset();
      // A metric without labels would be 0 now, which nobody said.
      if (labels.length === 0) this.remove();
      for (const [own, value] of samples) this.set({ ...own }, value);
    },
  });
}

/** A number that only grows, counted elsewhere. */
export function sampleCounter(registry: Registry, { name, help, labels = [], read }: SampledMetric): void {
  new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const [own, value] of read()) this.inc({ ...own }, value);
    },
  });
}
