import { z } from 'zod';
import type { ZulipFeatures } from './zulip-version.js';

/**
 * How a real client files a failed call.
 * `retry-later`: network fault, timeout or 5xx. `refused`: a 4xx with a message, shown or logged. `fatal`: anything the client
 * does not understand; it raises and mails its administrators.
 */
export type BouncerErrorKind = 'retry-later' | 'refused' | 'fatal';

/** A call that did not succeed, as the client sees it. */
export class BouncerError extends Error {
  override readonly name = 'BouncerError';

  constructor(
    readonly kind: BouncerErrorKind,
    message: string,
    /** HTTP status, 0 where there was none. */
    readonly status: number,
    /** `code` of a refusal. */
    readonly code = '',
    /** The whole answer of a refusal. */
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** Where metadata is uploaded: the one call that may take longer than the others. */
export const UPLOAD_PATH = '/api/v1/remotes/server/analytics';

const refusal = z.looseObject({ msg: z.string(), code: z.string().optional() });

/** One request and its answer, for whoever wants to look on. No header is in it, so no key of an authenticated call. */
export interface BouncerExchange {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly status: number;
  readonly answer: string;
}

export interface BouncerClientOptions {
  /** Origin of the push service. */
  readonly url: string;
  readonly version: string;
  readonly features: ZulipFeatures;
  /** Told of every call that was answered. */
  readonly observe?: (exchange: BouncerExchange) => void;
}

/** Name and password of Basic authentication. */
export interface BouncerCredentials {
  readonly orgId: string;
  readonly orgKey: string;
}

/** Calls the push service as Zulip does: encoding, headers, timeouts and the reading of answers. */
export class BouncerClient {
  constructor(private readonly options: BouncerClientOptions) {}

  /** A form-encoded POST; without credentials for the registration command's calls. Undefined fields are left out. */
  form<S extends z.ZodType>(
    path: string,
    fields: Readonly<Record<string, string | number | undefined>>,
    answer: S,
    credentials?: BouncerCredentials,
  ): Promise<z.output<S>> {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) given.append(name, String(value));
    const body = given.toString();
    return this.call('POST', path, { 'Content-Type': 'application/x-www-form-urlencoded' }, body, answer, credentials);
  }

  /** A POST with a JSON body. */
  json<S extends z.ZodType>(
    path: string,
    body: unknown,
    answer: S,
    credentials: BouncerCredentials,
  ): Promise<z.output<S>> {
    return this.call('POST', path, { 'Content-type': 'application/json' }, JSON.stringify(body), answer, credentials);
  }

  /** A GET. */
  get<S extends z.ZodType>(path: string, answer: S, credentials: BouncerCredentials): Promise<z.output<S>> {
    return this.call('GET', path, {}, undefined, answer, credentials);
  }

  private async call<S extends z.ZodType>(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
    answer: S,
    credentials: BouncerCredentials | undefined,
  ): Promise<z.output<S>> {
    // The registration command leaves its HTTP library's own user agent in place.
    const identity = credentials
      ? { 'User-agent': `ZulipServer/${this.options.version}`, Authorization: basic(credentials) }
      : { 'User-agent': 'python-requests/2.32.3' };
    const { status, text } = await this.exchange(path, {
      method,
      headers: { Accept: '*/*', ...headers, ...identity },
      ...(body === undefined ? {} : { body }),
    });
    this.options.observe?.({ method, path, status, answer: text, ...(body === undefined ? {} : { body }) });
    return this.read(status, text, answer);
  }

  private async exchange(path: string, init: RequestInit): Promise<{ status: number; text: string }> {
    const { url, features } = this.options;
    const patience = path === UPLOAD_PATH ? features.uploadTimeoutSeconds : features.timeoutSeconds;
    try {
      const response = await fetch(new URL(path, url), {
        ...init,
        // Following would turn POST into GET, and whatever that answers is no success: a redirect is as fatal as what it leads to.
        redirect: 'manual',
        signal: AbortSignal.timeout(patience * 1000),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new BouncerError(features.retries ? 'retry-later' : 'fatal', `no answer: ${reasonOf(error)}`, 0);
    }
  }

  private read<S extends z.ZodType>(status: number, text: string, answer: S): z.output<S> {
    if (status >= 500) {
      throw new BouncerError(this.options.features.retries ? 'retry-later' : 'fatal', `HTTP ${status}`, status);
    }
    const body = parse(text);
    if (status >= 400) {
      const read = refusal.safeParse(body);
      if (!read.success) throw new BouncerError('fatal', `HTTP ${status} without a message`, status);
      throw new BouncerError('refused', read.data.msg, status, read.data.code ?? '', read.data);
    }
    if (status !== 200) throw new BouncerError('fatal', `HTTP ${status} is no success`, status);
    const read = answer.safeParse(body);
    if (read.success) return read.data;
    const where = read.error.issues.map((issue) => issue.path.join('.') || 'body').join(', ');
    throw new BouncerError('fatal', `an answer that cannot be read: ${where}`, status);
  }
}

function basic({ orgId, orgKey }: BouncerCredentials): string {
  return `Basic ${Buffer.from(`${orgId}:${orgKey}`).toString('base64')}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch` hides the system's word (ECONNREFUSED) in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const cause = error.cause as { code?: unknown } | undefined;
  return typeof cause?.code === 'string' ? cause.code : error.name;
}
