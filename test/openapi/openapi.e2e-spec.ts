import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api-client.js';
import { routesOf } from '../support/routes.js';
import { TestService } from '../support/service.js';

/** Where a Chromium is: told, or where Debian puts it. */
const CHROMIUM = process.env['CHROMIUM'] ?? (existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : undefined);

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly example?: unknown;
}

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly unknown[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let service: TestService;
let document: Document;
beforeAll(async () => {
  service = await TestService.start();
  const { text } = await callApi(service.origin, '/api/docs-json', { method: 'GET' });
  document = JSON.parse(text);
});
afterAll(() => service.stop());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );

/** Every field of every request, as `POST /path field.inner`. */
function fields(): { readonly name: string; readonly schema: Schema }[] {
  const walk = (name: string, schema: Schema): { name: string; schema: Schema }[] =>
    Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
      { name: `${name} ${key}`, schema: inner },
      ...walk(`${name} ${key}`, inner),
      ...(inner.items ? walk(`${name} ${key}[]`, inner.items) : []),
    ]);
  return operations().flatMap(({ name, operation }) =>
    Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) => walk(name, schema)),
  );
}

describe('the description of the API', () => {
  it('names every endpoint that the service answers, and no other', async () => {
    const answered = routesOf(service).map(({ path }) => path);
    const described = Object.keys(document.paths).filter((path) => path.startsWith('/api/v1/'));
    expect(document.openapi).toMatch(/^3\./);
    expect(described.length).toBeGreaterThan(3);
    expect(described.filter((path) => !answered.includes(path))).toEqual([]);
    expect(answered.filter((path) => path.startsWith('/api/v1/') && !described.includes(path))).toEqual([]);
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/health/live', '/health/ready']));
  });

  it('says of every endpoint what it is for, which group it belongs to, and how to authenticate where that is needed', () => {
    for (const { name, operation } of operations()) {
      expect(operation.summary, name).toMatch(/\w/);
      expect(operation.tags, name).toHaveLength(1);
      if (/ \/api\/v1\/remotes\/push\//.test(name)) expect(operation.security, name).toEqual([{ server: [] }]);
    }
  });

  it('describes every field', () => {
    const all = fields();
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter(({ schema }) => !schema.description).map(({ name }) => name)).toEqual([]);
  });

  it('gives every field a type', () => {
    const untyped = fields().filter(({ schema }) => !schema.type && !JSON.stringify(schema).includes('"type"'));
    expect(untyped.map(({ name }) => name)).toEqual([]);
  });

  it('is true about which fields are required: without them, and only then, they are missed', async () => {
    const auth = await service.addServer();
    for (const { name, operation } of operations()) {
      const form = operation.requestBody?.content['application/x-www-form-urlencoded']?.schema;
      if (!form) continue;
      const path = name.split(' ')[1] ?? '';
      const { body } = await callApi(service.origin, path, { auth, form: {} });
      const missing = body['code'] === 'REQUEST_VARIABLE_MISSING' ? [body['var_name']] : [];
      // Only the first is reported, in the order of the fields.
      expect(missing, name).toEqual((form.required ?? []).slice(0, 1));
    }
  });
});

describe.skipIf(!CHROMIUM && !process.env['CI'])('the page at /api/docs', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());

  it('shows every endpoint, from this server alone', async () => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(service.origin) && !request.url().startsWith('data:')) problems.push(request.url());
    });
    await page.goto(`${service.origin}/api/docs`);
    await page.waitForSelector('.opblock-summary-path');
    const shown = await page
      .locator('.opblock-summary-path')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-path')));
    // An endpoint that takes any method stands there once for each that the page knows.
    expect([...new Set(shown)].sort()).toEqual(Object.keys(document.paths).sort());
    expect(problems).toEqual([]);
  });
});
