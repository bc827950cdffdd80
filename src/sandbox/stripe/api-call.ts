import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, STRIPE_VERSION } from './account.js';
import { advance } from './collection.js';
import { expand } from './expand.js';
import type { Fault, Faults } from './faults.js';
import { type FormTree, parseForm } from './form-encoding.js';
import type { Answer, IdempotencyKeys } from './idempotency.js';
import { Parameters } from './parameters.js';
import { findRoute, type Route } from './routes.js';
import {
  internalError,
  invalidParameter,
  missing,
  rateLimited,
  StripeFailure,
  unauthorized,
} from './stripe-failure.js';

/** A request to the API, as it came. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A call, for looking at and for hooks. */
export interface StripeCall {
  readonly endpoint: string;
  readonly path: string;
  readonly parameters: FormTree;
  readonly idempotencyKey: string | undefined;
  /** Set once it is known; 0: the connection was dropped. */
  status?: number;
  /** The answer was given before, for the same key. */
  replayed?: boolean;
}

/** Somebody who wants to know of calls, for tests that kill a process in the middle of one; the call waits. */
export type CallHook = (call: StripeCall) => void | Promise<void>;

/** What calls are executed with. */
export interface ApiParts {
  readonly account: Account;
  readonly keys: IdempotencyKeys;
  readonly faults: Faults;
  readonly calls: StripeCall[];
  readonly before: readonly CallHook[];
  readonly after: readonly CallHook[];
  /** Anything but this key is refused; without it, every key of test mode is good. */
  readonly secretKey: string | undefined;
}

/** The answer with its header fields, or that the connection is to be dropped. */
export type CallResult = (Answer & { readonly headers: Readonly<Record<string, string>> }) | 'drop';

/** Executes one call. */
export async function handleCall(parts: ApiParts, request: ApiRequest): Promise<CallResult> {
  const route = findRoute(request.method, request.path);
  const tree = parseForm(request.method === 'POST' ? request.body : request.query);
  const idempotencyKey = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
  const endpoint = route?.endpoint ?? `${request.method} ${request.path}`;
  const call: StripeCall = { endpoint, path: request.path, parameters: tree, idempotencyKey };
  parts.calls.push(call);
  const requestId = parts.account.newRequestId();
  const headers = {
    'request-id': requestId,
    'stripe-version': STRIPE_VERSION,
    ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
  };
  const fault = parts.faults.take(endpoint);
  try {
    const answer = await perform(parts, { request, route, call, requestId, fault });
    if (answer === 'drop') {
      call.status = 0;
      return 'drop';
    }
    call.status = answer.status;
    const replayed = call.replayed ? { 'idempotent-replayed': 'true' } : {};
    return { ...answer, headers: { ...headers, ...replayed } };
  } catch (error) {
    if (!(error instanceof StripeFailure)) throw error;
    call.status = error.status;
    return { status: error.status, body: { error: error.body }, headers };
  }
}

interface Running {
  readonly request: ApiRequest;
  readonly route: Route | undefined;
  readonly call: StripeCall;
  readonly requestId: string;
  readonly fault: Fault | undefined;
}

async function perform(parts: ApiParts, running: Running): Promise<Answer | 'drop'> {
  const { request, route, call, fault } = running;
  authorize(parts, request);
  if (!route) throw missing('endpoint', request.path, 'url');
  if (fault?.kind === 'drop-before') return 'drop';
  if (fault?.kind === 'rate-limit') throw rateLimited();
  if (fault?.kind === 'error-before') throw internalError(false);
  for (const hook of parts.before) await hook(call);
  const key = call.idempotencyKey;
  const earlier = key === undefined ? undefined : parts.keys.begin(key, call.endpoint + call.path, call.parameters);
  if (earlier) {
    call.replayed = true;
    return fault?.kind === 'drop-after' ? 'drop' : earlier;
  }
  let answer: Answer | undefined;
  try {
    if (fault?.kind === 'delay-before') await sleep(fault.delayMs ?? 0);
    answer = execute(parts.account, running, route);
    if (fault?.kind === 'error-after') answer = { status: 500, body: { error: internalError(true).body } };
    if (fault?.kind === 'delay-after') await sleep(fault.delayMs ?? 0);
    for (const hook of parts.after) await hook(call);
  } finally {
    if (key !== undefined) parts.keys.end(key, answer);
  }
  return fault?.kind === 'drop-after' ? 'drop' : answer;
}

/** @throws StripeFailure where nothing was executed; what failed while executing is an answer */
function execute(account: Account, { call, requestId, request }: Running, route: Route): Answer {
  advance(account);
  const { expand: wanted, ...tree } = call.parameters;
  const paths = typeof wanted === 'object' ? Object.values(wanted).filter((one) => typeof one === 'string') : [];
  const note = { id: requestId, idempotency_key: request.headers['idempotency-key'] ?? null };
  try {
    const result = account.during(note, () => route.handler(account, new Parameters(tree), route.id));
    return { status: 200, body: expand(account, result, paths) };
  } catch (error) {
    if (error instanceof StripeFailure && error.executed) return { status: error.status, body: { error: error.body } };
    throw error;
  }
}

function authorize(parts: ApiParts, { headers }: ApiRequest): void {
  const key = /^Bearer (sk_test_\w+|rk_test_\w+)$/.exec(headers['authorization'] ?? '')?.[1];
  if (!key || (parts.secretKey !== undefined && key !== parts.secretKey)) throw unauthorized();
  const version = headers['stripe-version'];
  if (version !== undefined && version !== STRIPE_VERSION) {
    throw invalidParameter('Stripe-Version', `This stand-in speaks version ${STRIPE_VERSION} only.`);
  }
}
