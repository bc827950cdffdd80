import type { Metadata } from './stripe-objects.js';

/** What a customer may do in Stripe's billing portal. */
export interface PortalConfiguration {
  id: string;
  object: 'billing_portal.configuration';
  active: boolean;
  application: null;
  business_profile: { headline: string | null; privacy_policy_url: string | null; terms_of_service_url: string | null };
  created: number;
  default_return_url: string | null;
  features: {
    customer_update: { allowed_updates: string[]; enabled: boolean };
    invoice_history: { enabled: boolean };
    payment_method_update: { enabled: boolean; payment_method_configuration: null };
  };
  is_default: boolean;
  livemode: false;
  metadata: Metadata;
  updated: number;
}

/** One visit to the portal. */
export interface PortalSession {
  id: string;
  object: 'billing_portal.session';
  configuration: string;
  created: number;
  customer: string;
  flow: null;
  livemode: false;
  locale: null;
  on_behalf_of: null;
  return_url: string | null;
  url: string;
}

/** Something that happened, with the object as it was right after. */
export interface StripeEvent {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: Record<string, unknown> };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

/** A try to take money, for looking at: Stripe has no such object with these members. */
export interface ChargeAttempt {
  readonly id: string;
  readonly customer: string;
  readonly invoice: string;
  /** Cents. */
  readonly amount: number;
  readonly outcome: 'succeeded' | 'failed';
  readonly by: 'api' | 'automatic' | 'hosted-page' | 'outside';
  readonly at: Date;
}
