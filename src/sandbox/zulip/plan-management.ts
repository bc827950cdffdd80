import { z } from 'zod';
import { BouncerError } from './bouncer-client.js';
import { jsonText, type MetadataUpload, realmFields } from './metadata-upload.js';
import type { ZulipParts } from './zulip-parts.js';

const PATH = '/api/v1/remotes/server/billing';
const NOT_CONFIGURED = '/self-hosted-billing/not-configured/';

const access = z.looseObject({ billing_access_url: z.string() });

/** Somebody with an account at the Zulip server. */
export interface ZulipAccount {
  readonly uuid: string;
  readonly email: string;
  readonly fullName: string;
  /** May manage billing. */
  readonly isOwner: boolean;
}

/** How the Zulip server answers its user. */
export interface ZulipPage {
  readonly status: number;
  /** Where a redirect leads. */
  readonly location?: string;
  /** Of what is answered as JSON. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What somebody wants who opens plan management. */
export interface PlanManagementVisit {
  readonly nextPage?: string;
  /** As the desktop app does, which opens the address that it is told in a browser. */
  readonly json?: boolean;
}

/** The entry "Plan management" in the menu of a Zulip server (8.0 and later). */
export class PlanManagement {
  constructor(
    private readonly parts: ZulipParts,
    private readonly metadata: MetadataUpload,
    /** Whether the server uses a push service at all. */
    private readonly isConfigured: boolean,
  ) {}

  /** `/self-hosted-billing/`, or `/json/self-hosted-billing`. */
  async open(account: ZulipAccount, { nextPage, json = false }: PlanManagementVisit): Promise<ZulipPage> {
    if (!account.isOwner) return { status: 400, body: { result: 'error', msg: 'Must be an organization owner' } };
    if (!this.isConfigured) return goTo(NOT_CONFIGURED, json);
    try {
      return goTo(await this.accessUrl(account, nextPage), json);
    } catch (error) {
      if (!(error instanceof BouncerError) || error.code !== 'REMOTE_REALM_SERVER_MISMATCH_ERROR') throw error;
      return { status: 403, ...(json ? { body: { result: 'error', msg: error.message } } : {}) };
    }
  }

  /** `/self-hosted-billing/not-configured/`. */
  notConfigured(): ZulipPage {
    return { status: this.isConfigured ? 404 : 500 };
  }

  /** Where the service does not know the organization yet, it is told and asked again, once. */
  private async accessUrl(account: ZulipAccount, nextPage: string | undefined): Promise<string> {
    try {
      return await this.ask(account, nextPage);
    } catch (error) {
      if (!(error instanceof BouncerError) || error.code !== 'MISSING_REMOTE_REALM') throw error;
      await this.metadata.run('change');
      return await this.ask(account, nextPage);
    }
  }

  private async ask({ uuid, email, fullName }: ZulipAccount, nextPage: string | undefined): Promise<string> {
    const { client, database } = this.parts;
    const form = {
      user: JSON.stringify({ uuid, email, full_name: fullName }),
      realm: jsonText(realmFields(database.realm)),
      uri_scheme: database.realm.url.startsWith('http://') ? 'http://' : 'https://',
      next_page: nextPage,
    };
    return (await client.form(PATH, form, access, database.credentials)).billing_access_url;
  }
}

function goTo(address: string, json: boolean): ZulipPage {
  if (!json) return { status: 302, location: address };
  return { status: 200, body: { result: 'success', msg: '', billing_access_url: address } };
}
