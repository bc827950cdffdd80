import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, type ErrorDefinition } from '../src/common/errors.js';
import { environmentSchema } from '../src/config/environment.schema.js';

const README = readFileSync('README.md', 'utf8');
const PAGES = [
  ...['README.md', 'CHANGELOG.md'],
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The cells of every table row whose first cell is code, without the backquotes around a cell that is all code. */
function rows(markdown: string): string[][] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replace(/^(`+) ?(.*?) ?\1$/, '$2')),
  );
}

/** The text between a second-level heading and the next one. */
function section(markdown: string, heading: string): string {
  const [, rest] = markdown.split(`\n## ${heading}\n`);
  return rest?.split('\n## ')[0] ?? '';
}

describe('docs/settings.md', () => {
  const documented = rows(readFileSync('docs/settings.md', 'utf8'));

  it('lists exactly the settings that exist, each once', () => {
    const names = documented.map(([name]) => name);
    expect(names.toSorted()).toEqual(Object.keys(environmentSchema.shape).toSorted());
  });

  it('states the default that each setting has', () => {
    const stated = Object.fromEntries(documented.map(([name, value]) => [name, value]));
    const real = Object.entries(environmentSchema.shape).map(([name, schema]) => [
      name,
      schema.safeParse(undefined).data,
    ]);
    expect(stated).toEqual(Object.fromEntries(real.map(([name, value]) => [name, String(value ?? 'unset')])));
  });
});

describe('README.md', () => {
  it('names only npm commands that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = new Set([...README.matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)].map(([, name]) => name));
    named.delete('ci');
    expect(named).toContain('test');
    expect([...named].filter((name) => !Object.keys(scripts).includes(name ?? ''))).toEqual([]);
  });

  it('lists exactly the error codes of the catalogue, as they are answered', () => {
    const documented = rows(section(README, 'Error codes')).map(
      ([name, status, code, msg]) => `${name} ${status} ${code} ${msg}`,
    );
    const catalogue: Readonly<Record<string, ErrorDefinition>> = ERROR_CATALOGUE;
    const real = Object.entries(catalogue).map(([name, { status, code, msg }]) => {
      return `${name} ${status} ${code ?? 'none'} ${msg.replaceAll('|', '\\|')}`;
    });
    expect(documented.toSorted()).toEqual(real.toSorted());
  });
});

describe('links between pages', () => {
  it.each(PAGES)('of %s lead to files that exist', (page) => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)];
    const targets = links.map(([, target]) => posix.join(posix.dirname(page), target ?? ''));
    expect(targets.filter((target) => !existsSync(target))).toEqual([]);
  });
});
