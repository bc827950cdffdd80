import type { TestService } from '../support/service.js';

/** An endpoint of the API, as the service's own OpenAPI document describes it. */
export interface Endpoint {
  readonly method: string;
  /** The part of the path behind `/api/v1/remotes/`. */
  readonly name: string;
  /** Whether it wants a server's credentials. */
  readonly authenticated: boolean;
  /** How its body is written; undefined where it takes none. */
  readonly body?: 'form' | 'json';
  /** Names of the fields of its body. */
  readonly fields: readonly string[];
}

interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
}

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
}

const PREFIX = '/api/v1/remotes/';

/** All endpoints under `/api/v1/remotes/`: an endpoint that is added is tested without anybody thinking of it. */
export async function endpointsOf(service: TestService): Promise<Endpoint[]> {
  const response = await fetch(`${service.origin}/api/docs-json`);
  const document = (await response.json()) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(document.paths)
    .filter(([path]) => path.startsWith(PREFIX))
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => toEndpoint(method, path, operation)),
    );
}

function toEndpoint(method: string, path: string, { security, requestBody }: Operation): Endpoint {
  const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  return {
    method: method.toUpperCase(),
    name: path.slice(PREFIX.length),
    authenticated: (security ?? []).some((scheme) => 'server' in scheme),
    ...(type === undefined ? {} : { body: type === 'application/json' ? ('json' as const) : ('form' as const) }),
    fields: Object.keys(media?.schema?.properties ?? {}),
  };
}
