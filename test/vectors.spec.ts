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

/** Where the tests of pages are, which have numbers of their own, with or without a `P` before them. */
const PAGES = ['test/portal', 'test/operators', 'test/browser'];

const tested = new Set(
  ['test', 'src']
    .flatMap(specFiles)
    .filter((file) => !PAGES.some((folder) => file.startsWith(`${folder}/`)))
    .flatMap((file) => idsIn(readFileSync(join(ROOT, file), 'utf8'))),
);

const pagesTested = new Set(
  PAGES.flatMap(specFiles).flatMap((file) =>
    idsIn(readFileSync(join(ROOT, file), 'utf8').replaceAll(/\bP(?=\d)/g, '')),
  ),
);

const missing = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`).filter((id) => !tested.has(id));

/** How many examples of billing there are, by the letters of their ids. */
const BILLING = {
  ...{ CAL: 10, PR: 20, BUY: 23, ADD: 19, LED: 7, SW: 8, CAN: 5, FT: 16, LEG: 9, FX: 18, TC: 6, CNT: 3, PU: 9 },
  ...{ JOB: 5, WH: 7, MIG: 5, DEA: 3, SPO: 2 },
};

/** Those that nobody can bring about, with the reason; they are tried beside the rule. */
const BEYOND_OPERATIONS: Readonly<Record<string, string>> = {
  'CAL-2': 'nothing counts months backwards',
};

const billingIds = Object.entries(BILLING).flatMap(([letters, count]) =>
  Array.from({ length: count }, (_, i) => `${letters}-${i + 1}`),
);

/** The ids of billing with which strings begin: `'BUY-1'`, `'FX-6 to FX-11: …'`, `'H1, MIG-3: …'`, `'BUY-12 with too few'`. */
function billingIdsIn(source: string): string[] {
  return [...source.matchAll(/['"`]((?:[A-Z]+-?\d+)(?:(?:, | to )[A-Z]+-?\d+)*)/g)].flatMap(([, list = '']) =>
    list.split(', ').flatMap((part) => {
      const [, letters = '', from = '', to = from] = /^([A-Z]+)-(\d+)(?: to [A-Z]+-(\d+))?$/.exec(part) ?? [];
      const count = from ? Number(to) - Number(from) + 1 : 0;
      return Array.from({ length: count }, (_, i) => `${letters}-${Number(from) + i}`);
    }),
  );
}

const idsOfBilling = (...folders: string[]) =>
  new Set(folders.flatMap(specFiles).flatMap((file) => billingIdsIn(readFileSync(join(ROOT, file), 'utf8'))));

describe('the test vectors', () => {
  it('of the wire protocol all have a test', () => {
    expect(missing('', 126)).toEqual([]);
  });

  const chapters = { A: 7, B: 32, C: 22, D: 12, E: 15, F: 7, G: 5, H: 7, I: 3, J: 16, K: 5 };
  it.each(Object.entries(chapters))('of uploads, chapter %s, all have a test', (chapter, count) => {
    expect(missing(chapter, count)).toEqual([]);
  });

  it('of billing are 175, and all have a test by which an operation is carried out', () => {
    expect(billingIds).toHaveLength(175);
    const carriedOut = idsOfBilling('test/billing', 'test/plans');
    expect(billingIds.filter((id) => !carriedOut.has(id) && !(id in BEYOND_OPERATIONS))).toEqual([]);
    const ruled = idsOfBilling('src/plans');
    expect(Object.keys(BEYOND_OPERATIONS).filter((id) => !ruled.has(id))).toEqual([]);
    expect(Object.keys(BEYOND_OPERATIONS).filter((id) => carriedOut.has(id))).toEqual([]);
  });

  it('of pages all have a test', () => {
    const ids = Array.from({ length: 98 }, (_, i) => String(i + 1));
    expect(ids.filter((id) => !pagesTested.has(id))).toEqual([]);
  });

  it('are found by their numbers alone', () => {
    expect(
      billingIdsIn("it('FX-6 to FX-8, PR-1: x') ['H1, MIG-3: y'] ['BUY-12 with too few'] it('UTF-8') it('see BUY-1')"),
    ).toEqual([...['FX-6', 'FX-7', 'FX-8', 'PR-1', 'MIG-3', 'BUY-12', 'UTF-8']]);
    expect(idsIn("it('40, E1, E12: x') it('B5-B7: y') ['J1, the other list'] it('7 days')")).toEqual(
      expect.arrayContaining(['40', 'E1', 'E12', 'B5', 'B6', 'B7', 'J1']),
    );
    expect(idsIn("it('refuses 12 of them') token('12') it('12 of them')")).toEqual([]);
  });
});
