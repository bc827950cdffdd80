import { expect } from 'vitest';
import type { Credentials } from '../../support/api-client.js';
import { type CanaryKind, canary } from '../canaries.js';
import { type CanaryWorld, plantedHeaders } from '../canary-world.js';
import type { Drive } from './drive.js';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/** Endpoints whose fields are content. What is sent to others, servers tell of themselves, and some of it is kept. */
const FORWARDING = /notif/;

const API = '/api/v1/remotes/';

/** A value of the schema's type, planted as deep as it goes. */
function planted(schema: Schema, name: string, kind: CanaryKind): unknown {
  if (/token|devices$/.test(name)) return schema.type === 'array' ? [canary('token')] : canary('token');
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([key, inner]) => [key, planted(inner, key, kind)]);
    return { ...Object.fromEntries(fields), [canary(kind)]: canary(kind) };
  }
  if (schema.type === 'array') return [schema.items ? planted(schema.items, name, kind) : canary(kind)];
  if (schema.type === 'object') return { [canary(kind)]: { [canary(kind)]: [canary(kind), true, 1.5] } };
  if (schema.type === 'integer' || schema.type === 'number') return 1;
  if (schema.type === 'boolean') return true;
  return canary(kind);
}

/** Each field in turn of its own type and of another, so that every check of the endpoint has something to refuse. */
function* variants(schema: Schema, kind: CanaryKind): Generator<Record<string, unknown>> {
  const fine = planted(schema, '', kind) as Record<string, unknown>;
  yield fine;
  for (const name of Object.keys(schema.properties ?? {})) {
    yield { ...fine, [name]: canary(kind) };
    yield { ...fine, [name]: { [canary(kind)]: canary(kind) } };
    const { [name]: _, ...rest } = fine;
    yield rest;
  }
}

const asForm = (values: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );

async function driveOperation(world: CanaryWorld, path: string, operation: Operation, auth: Credentials) {
  const kind: CanaryKind = FORWARDING.test(path) ? 'content' : 'metadata';
  for (const [type, { schema }] of Object.entries(operation.requestBody?.content ?? {})) {
    for (const values of variants(schema, kind)) {
      const body = type === 'application/json' ? { json: values } : { form: asForm(values) };
      const answer = await world.call(path, { auth, ...body, headers: plantedHeaders() });
      expect(answer.body, `${path}: ${answer.status}`).toMatchObject({ result: expect.any(String) });
      expect(answer.status, path).toBeLessThan(500);
    }
  }
}

/** Endpoints as the service itself describes them: one that is added tomorrow is driven too. */
export const endpointDrives: readonly Drive[] = [
  {
    name: 'every field of every endpoint, right and wrong',
    run: async (world) => {
      const { body } = await world.call('/api/docs-json', { method: 'GET' });
      const paths = Object.entries(body['paths'] as Record<string, Record<string, Operation>>);
      const api = paths.filter(([path]) => path.startsWith(API));
      expect(api.length).toBeGreaterThan(3);
      for (const [path, { post }] of api) {
        // A server of its own: one of the endpoints deactivates it.
        if (post) await driveOperation(world, path, post, await world.aServer());
      }
    },
  },
];
