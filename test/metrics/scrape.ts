/** What a scrape says, in Prometheus' text format. */
export interface Scrape {
  readonly text: string;
  readonly contentType: string | null;
  /** Names of metrics, as their TYPE lines give them, with their types. */
  readonly types: ReadonlyMap<string, string>;
  /** Each label's values. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
  /** The value of a sample, labels in the order in which they are written: `name{label="value"}`. */
  value(sample: string): number | undefined;
}

const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** @throws Error where the answer is not 200, or a line is not in the format */
export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(url);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`scrape answered ${response.status}`);
  const types = new Map<string, string>();
  const labels = new Map<string, Set<string>>();
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\w+) (counter|gauge|histogram|summary)$/.exec(line);
    const sample = /^(\w+(?:\{.*\})?) (-?[\d.e+-]+|Nan|[+-]Inf)$/.exec(line);
    if (type) types.set(type[1] ?? '', type[2] ?? '');
    else if (!sample) throw new Error(`not a line of the format: ${line}`);
    else if (values.has(sample[1] ?? '')) throw new Error(`twice in one scrape: ${line}`);
    else {
      values.set(sample[1] ?? '', Number(sample[2]));
      for (const [, name = '', value = ''] of line.matchAll(LABEL)) {
        labels.set(name, (labels.get(name) ?? new Set()).add(value));
      }
    }
  }
  const contentType = response.headers.get('content-type');
  return { text, contentType, types, labels, value: (sample) => values.get(sample) };
}
