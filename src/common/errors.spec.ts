import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError, ERROR_CATALOGUE, type ErrorDefinition, type ErrorName } from './errors.js';

const SOURCE = join(import.meta.dirname, '..');
const entries = Object.entries(ERROR_CATALOGUE) as [ErrorName, ErrorDefinition][];

/** The text of everything that could throw an error of the catalogue. */
const source = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && path !== join('common', 'errors.ts'))
  .map((path) => readFileSync(join(SOURCE, path), 'utf8'))
  .join('\n');

describe('the error catalogue', () => {
  it.each(entries.map(([name]) => name))('%s is used somewhere', (name) => {
    expect(source).toContain(`'${name}'`);
  });

  it.each(entries)('%s is an error by its status, with a text', (_name, { status, msg, code }) => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(msg).not.toBe('');
    if (code !== undefined) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
  });
});

describe('an error', () => {
  it('becomes the envelope, with its values in the text and its extra keys beside it', () => {
    const error = new AppError('params.missing', { name: 'token' }, { var_name: 'token' });
    expect(error.status).toBe(400);
    expect(error.toBody()).toEqual({
      result: 'error',
      msg: "Missing 'token' argument",
      code: 'REQUEST_VARIABLE_MISSING',
      var_name: 'token',
    });
  });

  it('has no code where the catalogue gives none', () => {
    expect(new AppError('http.internal').toBody()).toEqual({ result: 'error', msg: 'Internal server error' });
  });

  it('puts values in as they are, also those that look like placeholders', () => {
    const error = new AppError('auth.server-unknown', { role: '{role} $& $1' });
    expect(error.clientMessage).toContain('auth failure: {role} $& $1 is not');
  });

  it('carries what the client sent nowhere that is logged', () => {
    const error = new AppError('params.format', { name: 'a secret' });
    expect([error.message, String(error), error.stack].join()).not.toContain('a secret');
  });
});
