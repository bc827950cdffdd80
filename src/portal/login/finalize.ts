import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyRequest } from 'fastify';
import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { BillingUsers, type KnownBillingUser, type LoginDetails } from '../../plans/customers/billing-users.js';
import { formFields } from '../../protocol/request.js';
import { checkWire } from '../../protocol/wire-parameters.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import type { FoundEntity } from '../identity/portal-entities.js';
import { TermsOfService } from './terms-of-service.js';

/** The last step of a login, whichever way somebody came. */
export interface FinalStep {
  /** Where the form goes. */
  readonly action: string;
  readonly entity: FoundEntity;
  readonly email: string;
  /** Undefined at the first login. */
  readonly user: KnownBillingUser | undefined;
  /** Proposed where none is known. */
  readonly name?: string;
  readonly forDeactivation?: boolean;
}

interface Entered {
  readonly name: string;
  readonly majorReleases: boolean;
  readonly allReleases: boolean;
  readonly terms: boolean;
}

/** A box that is not ticked is not sent. */
const box = z
  .string()
  .optional()
  .transform((value) => value === 'true' || value === 'on');

const form = z.object({
  full_name: z.string().trim().max(100).optional(),
  tos_consent: box,
  enable_major_release_emails: box,
  enable_maintenance_release_emails: box,
});

/** Shows and reads the form that ends a login: name, wishes for mail, terms of service. */
@Injectable()
export class Finalize {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingUsers) private readonly users: BillingUsers,
    @Inject(TermsOfService) private readonly terms: TermsOfService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The form as it is first seen. */
  page(step: FinalStep): Page {
    const entered = {
      name: step.user?.fullName || step.name || '',
      majorReleases: true,
      allReleases: true,
      terms: false,
    };
    return this.show(step, entered);
  }

  /**
   * Reads the form: what is to be noted of the login, or the form again with what is missing.
   *
   * @throws AppError `login.barred`
   */
  read(request: FastifyRequest, step: FinalStep): LoginDetails | Page {
    if (step.user?.isActive === false) {
      throw new AppError('login.barred', { support: this.settings.mail.supportEmail });
    }
    const sent = checkWire(form, formFields(request), 'form');
    const entered = {
      name: sent.full_name ?? '',
      majorReleases: sent.enable_major_release_emails,
      allReleases: sent.enable_maintenance_release_emails,
      terms: sent.tos_consent,
    };
    const problems = {
      ...(asksName(step) && entered.name === '' ? { name: 'Please enter your name.' } : {}),
      ...(this.asksTerms(step) && !entered.terms ? { terms: 'The terms of service must be accepted.' } : {}),
    };
    if (Object.keys(problems).length > 0) return this.show(step, entered, problems);
    return {
      ...(this.asksTerms(step) ? { tosVersion: this.terms.version } : {}),
      ...(asksName(step) ? { fullName: entered.name } : {}),
      ...(asksWishes(step)
        ? { enableMajorReleaseEmails: entered.majorReleases, enableMaintenanceReleaseEmails: entered.allReleases }
        : {}),
    };
  }

  /** Notes the login of a billing user, who is made where there is none; in a transaction with whatever `also` does. */
  async note(
    { entity, email }: FinalStep,
    details: LoginDetails,
    userUuid: string | null,
    also?: (tx: EntityManager) => Promise<void>,
  ): Promise<KnownBillingUser> {
    const { holder } = entity;
    return this.database.transaction(async (tx) => {
      await also?.(tx);
      const key = 'realmId' in holder ? { ...holder, userUuid: userUuid ?? '' } : { ...holder, email };
      const user = await this.users.findOrCreate(tx, key, email);
      await this.users.noteLogin(tx, holder, user.id, details);
      return user;
    });
  }

  private asksTerms({ user }: FinalStep): boolean {
    return this.terms.mustBeAccepted(user?.tosVersion ?? null);
  }

  private show(step: FinalStep, entered: Entered, problems: { name?: string; terms?: string } = {}): Page {
    const { action, entity, email, forDeactivation } = step;
    const title = forDeactivation
      ? `Log in to deactivate the registration of ${entity.host}`
      : `Log in to plan management for ${entity.host}`;
    const data = {
      ...{ action, email, entered, problems, kind: entity.kind, host: entity.host, name: entered.name },
      asksName: asksName(step),
      asksWishes: asksWishes(step),
      asksTerms: this.asksTerms(step),
      termsUrl: this.settings.plans.termsUrl,
    };
    return page('portal/login-finalize', title, data, Object.keys(problems).length > 0 ? 400 : 200);
  }
}

const asksName = ({ user }: FinalStep) => !user?.fullName;
const asksWishes = (step: FinalStep) => asksName(step) && !step.forDeactivation;
