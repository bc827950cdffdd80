import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Clock } from '../../common/clock.js';
import { surround } from '../../sessions/pages/page-renderer.js';
import { Credentials } from '../accounts/credentials.service.js';
import type { KnownOperator } from '../accounts/known-operator.js';
import { operatorSurroundings } from './operator-navigation.js';

/** Whose session it is, under which number it began, and when (milliseconds since the Unix epoch). */
interface Identity {
  readonly id: string;
  readonly epoch: number;
  readonly since: number;
}

declare module 'fastify' {
  interface Session {
    /** Who is logged in. */
    operator?: Identity;
    /** Who has given the password, while the second factor lacks, and where to go then. */
    operatorHalfway?: Identity & { readonly next: string };
  }
}

/** A working day, counted from the login: being busy does not prolong it. */
const LIFETIME = 8 * 60 * 60 * 1_000;
/** So long the second factor may take. */
const HALFWAY_LIFETIME = 10 * 60 * 1_000;

/** Who has a session on the operators' site. What ends a session is looked up with each request, so it ends everywhere at once. */
@Injectable()
export class OperatorSessions {
  constructor(
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Who is logged in in this browser. */
  current(request: FastifyRequest): Promise<KnownOperator | undefined> {
    return this.valid(request.session.operator, LIFETIME);
  }

  /** Logs an operator in, in a new session. @param by what the operator showed, for the audit log */
  async begin(request: FastifyRequest, operator: KnownOperator, by: string): Promise<void> {
    await request.session.regenerate();
    request.session.operator = this.identity(operator);
    await this.credentials.noteLogin(operator.id, by);
    surround(request, operatorSurroundings(operator));
  }

  /** The operator has just ended all of its sessions: this one goes on as a new one, for as long as it would have. */
  async renew(request: FastifyRequest, operator: KnownOperator): Promise<void> {
    const since = request.session.operator?.since ?? this.clock.millis();
    await request.session.regenerate();
    request.session.operator = { ...this.identity(operator), since };
  }

  /** Keeps in mind who has given the password. */
  async halfway(request: FastifyRequest, operator: KnownOperator, next: string): Promise<void> {
    await request.session.regenerate();
    request.session.operatorHalfway = { ...this.identity(operator), next };
  }

  /** Who has given the password in this browser, and nothing else yet. */
  async atHalfway(request: FastifyRequest): Promise<{ operator: KnownOperator; next: string } | undefined> {
    const { operatorHalfway } = request.session;
    const operator = await this.valid(operatorHalfway, HALFWAY_LIFETIME);
    return operator && operatorHalfway ? { operator, next: operatorHalfway.next } : undefined;
  }

  async end(request: FastifyRequest): Promise<void> {
    await request.session.destroy();
  }

  private identity({ id, sessionEpoch }: KnownOperator): Identity {
    return { id, epoch: sessionEpoch, since: this.clock.millis() };
  }

  private async valid(identity: Identity | undefined, lifetime: number): Promise<KnownOperator | undefined> {
    if (!identity || this.clock.millis() - identity.since >= lifetime) return undefined;
    const operator = await this.credentials.byId(identity.id);
    return operator?.sessionEpoch === identity.epoch ? operator : undefined;
  }
}
