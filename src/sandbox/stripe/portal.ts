import type { Account } from './account.js';
import { finished } from './customers.js';
import type { Parameters } from './parameters.js';
import type { PortalConfiguration, PortalSession } from './portal-objects.js';
import { invalidParameter } from './stripe-failure.js';
import { page } from './table.js';

/** `POST /v1/billing_portal/configurations` */
export function createPortalConfiguration(account: Account, parameters: Parameters): PortalConfiguration {
  const profile = parameters.nested('business_profile');
  const features = parameters.nested('features');
  if (features.names().length === 0) {
    throw invalidParameter('features', 'Missing required param: features.', 'parameter_missing');
  }
  const update = features.nested('customer_update');
  const history = features.nested('invoice_history');
  const method = features.nested('payment_method_update');
  const now = account.now();
  const configuration: PortalConfiguration = {
    id: account.portalConfigurations.newId(),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: {
      headline: profile.text('headline') ?? null,
      privacy_policy_url: profile.text('privacy_policy_url') ?? null,
      terms_of_service_url: profile.text('terms_of_service_url') ?? null,
    },
    created: now,
    default_return_url: parameters.text('default_return_url') ?? null,
    features: {
      customer_update: {
        allowed_updates: update.list('allowed_updates'),
        enabled: update.flag('enabled') ?? false,
      },
      invoice_history: { enabled: history.flag('enabled') ?? false },
      payment_method_update: { enabled: method.flag('enabled') ?? false, payment_method_configuration: null },
    },
    is_default: false,
    livemode: false,
    metadata: parameters.metadata(),
    updated: now,
  };
  parameters.finish();
  return account.portalConfigurations.add(configuration);
}

/** `GET /v1/billing_portal/configurations` */
export function listPortalConfigurations(account: Account, parameters: Parameters) {
  const all = account.portalConfigurations.all();
  return finished(parameters, page(all, parameters, '/v1/billing_portal/configurations'));
}

/** `POST /v1/billing_portal/sessions` */
export function createPortalSession(account: Account, parameters: Parameters): PortalSession {
  const customer = account.customers.get(parameters.required('customer'), 'customer');
  const given = parameters.text('configuration');
  if (given === undefined) {
    throw invalidParameter(
      'configuration',
      'No configuration provided and your test mode default configuration has not been created.',
    );
  }
  const configuration = account.portalConfigurations.get(given, 'configuration');
  const id = account.portalSessions.newId();
  const session: PortalSession = {
    id,
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: account.now(),
    customer: customer.id,
    flow: null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: parameters.text('return_url') ?? configuration.default_return_url,
    url: `${account.origin()}/p/session/${id}`,
  };
  parameters.finish();
  return account.portalSessions.add(session);
}
