import type { z } from 'zod';
import { AppError } from '../common/errors.js';
import type { WireProblem } from './wire-types.js';

/** Where the checked value came from: its name starts every path, except for forms, where the parameter's own name does. */
export type WireRoot = 'form' | 'request';

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'a boolean',
  array: 'a list',
  object: 'a dict',
  record: 'a dict',
  number: 'a float',
  int: 'an integer',
};

/** Words the first issue that a schema found as the protocol does (docs/protocol.md, Validation errors). */
export function toWireError(issue: z.core.$ZodIssue, root: WireRoot, input: unknown): AppError {
  const name = pathName(issue.path, root);
  switch (issue.code) {
    case 'custom':
      return customError(name, issue, root, input);
    case 'invalid_type':
    case 'invalid_union':
      if (isAbsent(issue.path, input)) return absent(name, root, issue.path);
      return new AppError('params.not-of-type', { name, type: TYPE_WORDS[expectedOf(issue)] ?? 'of the right type' });
    case 'too_big':
      if (issue.exact) return new AppError('params.not-length', { name, length: Number(issue.maximum) });
      if (issue.origin === 'string') return new AppError('params.too-long', { name, limit: Number(issue.maximum) });
      return new AppError('params.out-of-range', { name });
    case 'too_small':
      if (issue.exact) return new AppError('params.not-length', { name, length: Number(issue.minimum) });
      return new AppError('params.out-of-range', { name });
    case 'invalid_format':
      return new AppError('params.format', { name });
    case 'unrecognized_keys': {
      const key = issue.keys[0] ?? '';
      return new AppError('params.unexpected-key', { key, name: pathName([...issue.path, key], root) });
    }
    default:
      return new AppError('params.not-allowed', { name });
  }
}

function customError(
  name: string,
  issue: z.core.$ZodIssue & { code: 'custom' },
  root: WireRoot,
  input: unknown,
): AppError {
  const problem = issue.params as WireProblem | undefined;
  if (isAbsent(issue.path, input)) return absent(name, root, issue.path);
  switch (problem?.wire) {
    case 'type':
      return new AppError('params.not-of-type', { name, type: problem.type });
    case 'not-json':
      return new AppError('params.not-json', { name });
    case 'blank':
      return new AppError('params.blank', { name });
    case 'range':
      return new AppError('params.out-of-range', { name });
    case 'value':
      return new AppError('params.value', { name, detail: problem.detail });
    default:
      return new AppError('params.format', { name });
  }
}

function absent(name: string, root: WireRoot, path: readonly PropertyKey[]): AppError {
  if (root === 'form' && path.length === 1) return new AppError('params.missing', { name }, { var_name: name });
  return new AppError('params.field-missing', { name });
}

function expectedOf(issue: z.core.$ZodIssue): string {
  return 'expected' in issue ? String(issue.expected) : '';
}

/** Whether nothing stands at the path. Form values are text, so inside one nothing can be looked up: then something was there. */
function isAbsent(path: readonly PropertyKey[], input: unknown): boolean {
  let at: unknown = input;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return false;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at === undefined && path.length > 0;
}

function pathName(path: readonly PropertyKey[], root: WireRoot): string {
  const [first, ...rest] = path;
  const head = root === 'request' ? 'request' : String(first ?? '');
  const steps = root === 'request' ? path : rest;
  return head + steps.map((step) => (typeof step === 'number' ? `[${step}]` : `["${String(step)}"]`)).join('');
}
