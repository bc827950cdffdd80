import { Inject, Injectable, Logger } from '@nestjs/common';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { safeDescription } from '../../protocol/error-description.js';
import { generalFailure } from '../catalogue/refusals.js';
import { BillingFault } from '../invoicing/billing-fault.js';
import { BillingProblem } from '../stripe/billing-problem.js';

/** An error in the words of the payment provider. */
export function customerError(problem: string, description: string): AppError {
  return new AppError('billing.refused', { problem }, { error_description: description });
}

/** Turns what goes wrong at the payment provider into what a customer is told. */
@Injectable()
export class ProviderErrors {
  private readonly logger = new Logger('Billing');

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Does something that asks the provider. @throws AppError where the provider fails or refuses */
  async translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.translate(error);
    }
  }

  /** Anything that is neither the provider's nor a contradiction in our own rows stays what it is. */
  translate(error: unknown): unknown {
    const { supportEmail } = this.settings.mail;
    if (error instanceof BillingFault) {
      this.logger.error('billing contradicts itself', { reason: error.reason, error: safeDescription(error) });
      return generalFailure(supportEmail, error.reason);
    }
    if (!(error instanceof BillingProblem)) return error;
    if (error.kind === 'card') {
      this.logger.log('a card was refused', { ...error.detail });
      return customerError(error.userMessage, 'card error');
    }
    this.logger.error('the payment provider failed', { kind: error.kind, ...error.detail });
    if (error.kind === 'temporary') return customerError(error.userMessage, 'stripe connection error');
    if (error.kind === 'not-configured') return customerError(error.userMessage, 'not configured');
    return generalFailure(supportEmail, 'other stripe error');
  }
}
