/** Every kind of mail with the values its template needs. Each kind has its text and HTML parts under `views/mail/`. */
export interface MailValues {
  /** To the address that somebody gave at the first login for an organization: whether it is theirs. */
  readonly 'confirm-log-in': {
    readonly name: string;
    readonly url: string;
    readonly hours: number;
    readonly support: string;
  };
  /** The link by which a billing admin logs in. */
  readonly 'log-in-link': {
    readonly name: string;
    readonly url: string;
    readonly hours: number;
    readonly support: string;
  };
  /** The link by which a server's registration is deactivated. */
  readonly 'deactivation-link': {
    readonly name: string;
    readonly url: string;
    readonly life: string;
    readonly support: string;
  };
  /** To a new address for invoices: whether it agrees. */
  readonly 'invoice-email-change': {
    readonly name: string;
    readonly url: string;
    readonly hours: number;
    readonly support: string;
  };
  /** To the operators: what is here differs from what is at Stripe. `name` is the service's own. */
  readonly 'billing-drift': { readonly name: string; readonly differences: number; readonly findings: string };
  /** To the operators: somebody asks for the Community plan. */
  readonly 'sponsorship-requested': {
    readonly name: string;
    readonly requestedBy: string;
    readonly organizationType: string;
    readonly website: string;
    readonly description: string;
    readonly expectedUsers: string;
    readonly plan: string;
    readonly supportUrl: string;
  };
  /** To the billing users: the Community plan is theirs. */
  readonly 'community-plan-approved': { readonly name: string; readonly support: string };
  /** To the operators: more was paid for than is used. */
  readonly 'license-discrepancy': {
    readonly name: string;
    readonly paidLicenses: number;
    readonly usedLicenses: number;
    readonly supportUrl: string;
  };
  /** To the operators: a plan is due for invoicing and its server has not uploaded. */
  readonly 'stale-audit-data': {
    readonly name: string;
    readonly plan: string;
    readonly invoicingDelayed: boolean;
    /** A day, or `never`. */
    readonly lastUpload: string;
    readonly supportUrl: string;
  };
  /** To the operators: a negotiated plan ends soon. */
  readonly 'fixed-price-plan-ending': { readonly name: string; readonly endDate: string; readonly supportUrl: string };
  /** To the operators: an organization that pays is missing from its server's upload. */
  readonly 'paid-realm-disappeared': { readonly name: string; readonly plan: string; readonly supportUrl: string };
  /** To the operators: money came in and its plan could not be made. */
  readonly 'invoice-event-failed': {
    readonly name: string;
    readonly problem: string;
    readonly invoice: string;
    readonly supportUrl: string;
  };
}

export type MailKind = keyof MailValues;

/** All kinds. */
export const MAIL_KINDS: readonly MailKind[] = [
  'confirm-log-in',
  'log-in-link',
  'deactivation-link',
  'invoice-email-change',
  'billing-drift',
  'sponsorship-requested',
  'community-plan-approved',
  'license-discrepancy',
  'stale-audit-data',
  'fixed-price-plan-ending',
  'paid-realm-disappeared',
  'invoice-event-failed',
];

/** A mail to be sent: one for each address in `to`, so that nobody learns of the others. */
export interface MailMessage<K extends MailKind = MailKind> {
  readonly kind: K;
  readonly to: string | readonly string[];
  readonly replyTo?: string;
  readonly values: MailValues[K];
}
