import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { OperatorEvent } from './operator-event.entity.js';

/** What may happen to an operator's account. */
export const OPERATOR_EVENTS = [
  'added',
  'link made',
  'role changed',
  'password set by link',
  'password changed',
  'second factor enrolled',
  'second factor removed',
  'recovery codes renewed',
  'recovery code used',
  'logged in',
  'disabled',
  'enabled',
  'mail tried again',
  'Stripe event tried again',
] as const;

export type OperatorEventName = (typeof OPERATOR_EVENTS)[number];

/** Notes what happens to operators' accounts, in the caller's transaction. */
@Injectable()
export class OperatorAudit {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  /** One event of now. @param actingOperatorId absent: somebody at the command line */
  async note(
    tx: EntityManager,
    eventType: OperatorEventName,
    operatorId: string,
    actingOperatorId?: string,
    extraData: Record<string, unknown> = {},
  ): Promise<void> {
    await tx.insert(OperatorEvent, {
      eventTime: this.clock.now(),
      eventType,
      operatorId,
      actingOperatorId: actingOperatorId ?? null,
      extraData: extraData as never,
    });
  }
}
