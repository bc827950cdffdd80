import type { Account } from './account.js';
import { finished } from './customers.js';
import type { Parameters } from './parameters.js';
import { page } from './table.js';

/** `GET /v1/events` */
export function listEvents(account: Account, parameters: Parameters) {
  const type = parameters.text('type');
  const types = parameters.list('types');
  const created = parameters.nested('created');
  const since = created.integer('gte');
  const after = created.integer('gt');
  const until = created.integer('lte');
  const before = created.integer('lt');
  const matching = account.events
    .all()
    .filter((one) => (type === undefined || one.type === type) && (types.length === 0 || types.includes(one.type)))
    .filter((one) => (since === undefined || one.created >= since) && (after === undefined || one.created > after))
    .filter((one) => (until === undefined || one.created <= until) && (before === undefined || one.created < before));
  return finished(parameters, page(matching, parameters, '/v1/events'));
}
