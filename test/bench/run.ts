import { readdirSync } from 'node:fs';

/** `npm run bench -- NAME`: runs `NAME.bench.ts`, which prints a table and one line of JSON with its ratios. */
const here = new URL('.', import.meta.url);
const names = readdirSync(here).flatMap((file) => /^(.*)\.bench\.js$/.exec(file)?.[1] ?? []);
const [name = '', ...rest] = process.argv.slice(2);
if (!names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- NAME, where NAME is one of: ${names.join(', ')}\n`);
  process.exit(2);
}
const bench: { run(args: readonly string[]): Promise<void> } = await import(new URL(`${name}.bench.js`, here).href);
await bench.run(rest);
