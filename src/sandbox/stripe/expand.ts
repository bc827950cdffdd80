import type { Account } from './account.js';
import { invalidParameter } from './stripe-failure.js';

type Json = Record<string, unknown>;

/**
 * A copy of an answer in which the ids at the given paths are replaced by the objects they name (docs.stripe.com/api/expanding_objects).
 * Inside lists a path goes through `data`.
 */
export function expand(account: Account, answer: object, paths: readonly string[]): Json {
  const copy = structuredClone(answer) as Json;
  for (const path of paths) step(account, copy, path.split('.'), path);
  return copy;
}

function step(account: Account, object: Json, path: readonly string[], whole: string): void {
  const [name = '', ...rest] = path;
  if (!(name in object)) {
    throw invalidParameter('expand', `This property cannot be expanded (${whole}).`);
  }
  const value = object[name];
  if (Array.isArray(value)) {
    for (const one of value) if (isObject(one)) step(account, one, rest, whole);
    return;
  }
  const target = typeof value === 'string' ? structuredClone(account.lookUp(value)) : value;
  if (typeof value === 'string' && !target) {
    throw invalidParameter('expand', `This property cannot be expanded (${whole}).`);
  }
  if (target !== undefined) object[name] = target;
  if (rest.length > 0 && isObject(target)) step(account, target, rest, whole);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
