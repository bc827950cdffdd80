import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { AppError, type ErrorName } from '../common/errors.js';
import { type FormFields, parseForm } from './form-body.js';
import type { ParsedJson } from './json-text.js';

/** What the protocol's parts note on a request for one another. */
export interface WireNotes {
  /** Names of parameters that the endpoint does not know, sorted. */
  ignoredParameters?: readonly string[];
  /** The JSON body, once it has been parsed. */
  json?: ParsedJson;
  /** For the log. */
  serverId?: string;
  /** Name of the error answered, for the log. */
  error?: ErrorName;
  /** For how long the answer was put off, milliseconds. */
  heldMillis?: number;
  /** Work that must have ended well before the answer leaves. */
  settled?: Promise<unknown>;
  /** What a failed request still owes, where the endpoint's success would have brought it about. */
  onFailure?: () => Promise<unknown>;
}

/** Notes hang on the request itself: in a map of weak keys, every one of them would keep the garbage collector busy. */
const NOTES = Symbol('notes');

/** The notes of a request. */
export function notesOf(request: FastifyRequest & { [NOTES]?: WireNotes }): WireNotes {
  request[NOTES] ??= {};
  return request[NOTES];
}

/** The body as it came; every content type is taken as bytes, since the endpoint alone knows what it is. */
export function bodyBytes(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/**
 * The parameters of a form endpoint: from the body, and from the query string where the body does not name them.
 *
 * @throws AppError for a malformed body or query
 */
export function formFields(request: FastifyRequest): FormFields {
  const question = request.raw.url?.indexOf('?') ?? -1;
  const query = question === -1 ? '' : (request.raw.url?.slice(question + 1) ?? '');
  const body = bodyBytes(request);
  if (request.headers['content-type']?.toLowerCase().startsWith('multipart/')) {
    throw new AppError('params.malformed-form');
  }
  if (!isUtf8(body) || /[^\x20-\x7e]/.test(query)) throw new AppError('params.malformed-form');
  return Object.assign(parseForm(query), parseForm(body.toString('utf8')));
}
