import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEmptyDatabase, createTestDatabase } from './support/database.js';

/** Whatever is called like a test, and what the patterns of vitest.config.ts take. */
const LIKE_A_TEST = /spec\.[cm]?[jt]sx?$/;
const TAKEN = /^(src\/.+\.spec|test\/.+\.(spec|e2e-spec))\.ts$/;

const files = ['src', 'test']
  .flatMap((root) => readdirSync(root, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && LIKE_A_TEST.test(entry.name))
  .map((entry) => posix.join(entry.parentPath.replaceAll('\\', '/'), entry.name));
const config = readFileSync('vitest.config.ts', 'utf8');

describe('the projects of the tests', () => {
  it('take every file that is called a test', () => {
    expect(files).toContain('test/projects.spec.ts');
    expect(files.filter((path) => !TAKEN.test(path))).toEqual([]);
  });

  it('have no database where nothing is tried again on another PostgreSQL', async () => {
    await expect(createTestDatabase()).rejects.toThrow('has no database');
    await expect(createEmptyDatabase()).rejects.toThrow('has no database');
  });

  it.each(['vitest.config.ts', 'test/support/long-first.ts'])('name only files that there are in %s', (path) => {
    const named = [...readFileSync(path, 'utf8').matchAll(/'(test\/[^'*]+spec\.ts)'/g)].map(([, file = '']) => file);
    expect(named).toContain('test/canary/canary.e2e-spec.ts');
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('have nothing but pages in that of the browser', () => {
    const pages = files.filter((path) => path.startsWith('test/browser/'));
    expect(pages).toContain('test/browser/axe.e2e-spec.ts');
    expect(pages.filter((path) => !readFileSync(path, 'utf8').includes('lacksChromium()'))).toEqual([]);
  });

  it('replace no module, which the other files of a worker share', () => {
    const others = files.filter((path) => path !== 'test/projects.spec.ts');
    const replacing = /\bvi\.(mock|doMock|resetModules|stubEnv|stubGlobal)\(/;
    expect(others.filter((path) => replacing.test(readFileSync(path, 'utf8')))).toEqual([]);
  });

  it('are those that `.ci/run` names', () => {
    const names = [...config.matchAll(/project\('([^']+)'/g)].map(([, name]) => name);
    const run = readFileSync('.ci/run', 'utf8');
    const named = [...run.matchAll(/--project=([\w-]+)/g)].map(([, name]) => name);
    expect(names).toEqual(['without-database', 'browser', 'database']);
    expect(named).toEqual(['database']);
  });
});
