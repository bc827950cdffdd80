import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * The protocol's test vectors are known by their numbers, and a test of one bears its number at the beginning of its name: `12: …`,
 * `40, E1: …`. This test sees to it that none is forgotten.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** One id: a number of the wire protocol, or a letter and a number of the uploads. */
const ID = /^([A-K]\d{1,2}|\d{1,3})[a-z]?$/;

function specFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return specFiles(path);
    return entry.name.endsWith('spec.ts') ? [path] : [];
  });
}

/** The ids with which strings begin: `'B9, 113'`, `'12: refuses …'`, `"J1, the other list"`. A number alone is just a number. */
function idsIn(source: string): string[] {
  const labels = /['"`]((?:[A-K]?\d{1,3}[a-z]?)(?:(?:, | and |-)[A-Z]*-?\d{1,3}[a-z]?)*)(['"`:]|(?=,\s))/g;
  return [...source.matchAll(labels)].flatMap(([, ids = '', end = '']) => {
    const isNumberAlone = /^\d+$/.test(ids) && end !== ':';
    return isNumberAlone ? [] : expand(ids);
  });
}

/** `B5-B7` and `5-7` name what lies between, too. */
function expand(ids: string): string[] {
  return ids.split(/, | and /).flatMap((part) => {
    const [, letter = '', from = '', to = ''] = /^([A-K]?)(\d+)-[A-K]?(\d+)$/.exec(part) ?? [];
    if (!from) return ID.test(part) ? [part.replace(/[a-z]$/, '')] : [];
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => `${letter}${Number(from) + i}`);
  });
}

const tested = new Set(
  ['test', 'src'].flatMap(specFiles).flatMap((file) => idsIn(readFileSync(join(ROOT, file), 'utf8'))),
);

const missing = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`).filter((id) => !tested.has(id));

describe('the test vectors', () => {
  it('of the wire protocol all have a test', () => {
    expect(missing('', 126)).toEqual([]);
  });

  const chapters = { A: 7, B: 32, C: 22, D: 12, E: 15, F: 7, G: 5, H: 7, I: 3, J: 16, K: 5 };
  it.each(Object.entries(chapters))('of uploads, chapter %s, all have a test', (chapter, count) => {
    expect(missing(chapter, count)).toEqual([]);
  });

  it('are found by their numbers alone', () => {
    expect(idsIn("it('40, E1, E12: x') it('B5-B7: y') ['J1, the other list'] it('7 days')")).toEqual(
      expect.arrayContaining(['40', 'E1', 'E12', 'B5', 'B6', 'B7', 'J1']),
    );
    expect(idsIn("it('refuses 12 of them') token('12') it('12 of them')")).toEqual([]);
  });
});
