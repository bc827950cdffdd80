import { isAscii, isUtf8 } from 'node:buffer';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../common/errors.js';
import { type JsonObject, JsonTextError, type ParsedJson, parseJson } from './json-text.js';
import { bodyBytes, formFields, notesOf } from './request.js';
import { toWireError, type WireRoot } from './wire-issues.js';
import { isJsonObject } from './wire-types.js';

type ObjectSchema = z.ZodObject;
type Usual<Schema extends ObjectSchema> = (body: JsonObject) => z.output<Schema> | undefined;

/**
 * The parameters of a form endpoint, checked by a schema whose keys stand in the order in which they are examined. Unknown
 * parameters are noted for the answer's `ignored_parameters_unsupported`.
 */
export const FormParameters = (schema: ObjectSchema): ParameterDecorator =>
  documented(formOf(schema), schema, 'application/x-www-form-urlencoded');

/**
 * The JSON body of an endpoint, whatever its content type says, checked by a schema.
 *
 * @param usual answers what the schema would, sooner, for the bodies that nearly all are; undefined for others
 */
export const JsonRequest = <Schema extends ObjectSchema>(schema: Schema, usual?: Usual<Schema>): ParameterDecorator =>
  documented(jsonOf(schema, usual), schema, 'application/json');

/** Whether the JSON body holds numbers that must be written back by a writer for exact numbers. */
export const ExactNumbers = createParamDecorator(
  (_: unknown, context: ExecutionContext): boolean =>
    readJson(context.switchToHttp().getRequest<FastifyRequest>()).exact,
);

/** Checks a value by a schema. @throws AppError in the protocol's words, for the first problem only */
export function checkWire<T extends z.ZodType>(schema: T, value: unknown, root: WireRoot): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw toWireError(result.error.issues[0] as z.core.$ZodIssue, root, value);
}

function formOf(schema: ObjectSchema) {
  const known = new Set(Object.keys(schema.shape));
  return createParamDecorator((_: unknown, context: ExecutionContext) => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const fields = formFields(request);
    notesOf(request).ignoredParameters = Object.keys(fields)
      .filter((name) => !known.has(name))
      .sort();
    return checkWire(schema, fields, 'form');
  })();
}

function jsonOf<Schema extends ObjectSchema>(schema: Schema, usual?: Usual<Schema>) {
  return createParamDecorator((_: unknown, context: ExecutionContext) => {
    const { value } = readJson(context.switchToHttp().getRequest<FastifyRequest>());
    // A number that is kept exactly is an object to JavaScript, and to the schema.
    if (!isJsonObject(value)) throw new AppError('params.not-of-type', { name: 'request', type: 'a dict' });
    return usual?.(value) ?? checkWire(schema, value, 'request');
  })();
}

/** The JSON body, parsed once per request, whichever decorator asks first. */
function readJson(request: FastifyRequest): ParsedJson {
  const notes = notesOf(request);
  notes.json ??= parseBody(bodyBytes(request));
  return notes.json;
}

function parseBody(bytes: Buffer): ParsedJson {
  // Most texts are ASCII, which is read faster.
  const ascii = isAscii(bytes);
  if (!ascii && !isUtf8(bytes)) throw new AppError('params.malformed-json');
  try {
    return parseJson(ascii ? bytes.toString('latin1') : bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof JsonTextError) throw new AppError('params.malformed-json');
    throw error;
  }
}

/** The parameter decorator, and beside it what the OpenAPI page says of the body: one schema serves both. */
function documented(parameter: ParameterDecorator, schema: ObjectSchema, contentType: string): ParameterDecorator {
  return (target, key, index) => {
    parameter(target, key, index);
    const descriptor = key === undefined ? undefined : Object.getOwnPropertyDescriptor(target, key);
    if (!descriptor || key === undefined) return;
    ApiConsumes(contentType)(target, key, descriptor);
    ApiBody({ schema: toOpenApi(schema), required: true })(target, key, descriptor);
  };
}

function toOpenApi(schema: ObjectSchema): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  });
  return rest;
}
