import { type IncomingHttpHeaders, request } from 'node:http';

/** An answer as it came. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; undefined where it is not JSON. */
  readonly body: Record<string, unknown>;
}

/** What to send; exactly one of `form`, `json` and `raw`, or nothing. */
export interface ApiRequest {
  readonly method?: string;
  readonly form?: Readonly<Record<string, string | number>>;
  readonly json?: unknown;
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** UUID and key for Basic authentication. */
  readonly auth?: Credentials;
}

export interface Credentials {
  readonly uuid: string;
  readonly key: string;
}

/** `Authorization` of HTTP Basic. */
export function basic({ uuid, key }: Credentials): string {
  return `Basic ${Buffer.from(`${uuid}:${key}`).toString('base64')}`;
}

/** Sends one request to the service; POST unless told otherwise. */
export function callApi(origin: string, path: string, options: ApiRequest = {}): Promise<ApiAnswer> {
  const { body, type } = encode(options);
  const headers: Record<string, string> = {
    ...(type ? { 'content-type': type } : {}),
    ...(options.auth ? { authorization: basic(options.auth) } : {}),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, origin), { method: options.method ?? 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parse(text) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function encode({ form, json, raw }: ApiRequest): { body?: string | Buffer; type?: string } {
  if (form) {
    const pairs = Object.entries(form).map(([name, value]): [string, string] => [name, String(value)]);
    return { body: new URLSearchParams(pairs).toString(), type: 'application/x-www-form-urlencoded' };
  }
  if (json !== undefined) return { body: JSON.stringify(json), type: 'application/json' };
  return raw === undefined ? {} : { body: raw };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return undefined as unknown as Record<string, unknown>;
  }
}
