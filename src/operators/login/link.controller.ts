import { Get, Inject, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page, type Redirect, seeOther } from '../../sessions/pages/page.js';
import { Credentials, type ProvenFactor } from '../accounts/credentials.service.js';
import type { KnownOperator } from '../accounts/known-operator.js';
import { OperatorLinks } from '../accounts/operator-links.js';
import { passwordProblem } from '../accounts/passwords.js';
import { bothSlashes } from './both-slashes.js';
import { linkForm } from './login.schemas.js';
import { LANDING_PAGE } from './operator-navigation.js';
import { OperatorSessions } from './operator-session.js';
import { SecondFactorSetup } from './second-factor-setup.js';

const WRONG_CODE = 'This code is not right. Please enter the one that your app shows now, for the code above.';

/** What is wrong with what was entered, by field. */
interface Problems {
  readonly passwordProblem?: string | undefined;
  readonly codeProblem?: string | undefined;
}

/** The link that `push-bouncer operator add` prints: a new password, the second factor where one is required, and the operator is in. */
@BrowserController('login/link/:token')
export class LinkController {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(OperatorLinks) private readonly links: OperatorLinks,
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(SecondFactorSetup) private readonly setup: SecondFactorSetup,
    @Inject(OperatorSessions) private readonly sessions: OperatorSessions,
  ) {}

  /** Opening a link uses nothing up: mail scanners do so too. */
  @Get(bothSlashes())
  async form(@Req() request: FastifyRequest, @Param('token') token: string): Promise<Page> {
    const operator = await this.links.find(token);
    return operator ? await this.linkPage(request, operator) : gone();
  }

  @Post(bothSlashes())
  async use(
    @Req() request: FastifyRequest,
    @Param('token') token: string,
    @FormParameters(linkForm) { password, code }: z.output<typeof linkForm>,
  ): Promise<Page | Redirect> {
    const found = await this.links.find(token);
    if (!found) return gone();
    const factor = this.factorRequired ? await this.setup.prove(request, found, code) : undefined;
    const problems = {
      passwordProblem: passwordProblem(password, found.email),
      codeProblem: this.factorRequired && !factor ? WRONG_CODE : undefined,
    };
    if (problems.passwordProblem ?? problems.codeProblem) return await this.linkPage(request, found, problems);
    return await this.logIn(request, token, password, factor);
  }

  private async logIn(
    request: FastifyRequest,
    token: string,
    password: string,
    factor: ProvenFactor | undefined,
  ): Promise<Page | Redirect> {
    const renewed = await this.credentials.useLink(token, password, factor);
    if (!renewed) return gone();
    await this.sessions.begin(request, renewed.operator, 'link');
    const { recoveryCodes } = renewed;
    if (recoveryCodes.length === 0) return seeOther(LANDING_PAGE);
    return page('operators/recovery-codes', 'Your recovery codes', { recoveryCodes, next: LANDING_PAGE });
  }

  private get factorRequired(): boolean {
    return this.settings.sessions.operatorSecondFactor === 'required';
  }

  private async linkPage(request: FastifyRequest, operator: KnownOperator, problems?: Problems): Promise<Page> {
    const setup = this.factorRequired ? await this.setup.show(request, operator) : undefined;
    const data = { email: operator.email, setup, ...problems };
    return page('operators/link', 'Set your password', data, problems ? 400 : 200);
  }
}

function gone(): Page {
  return page('operators/link-gone', 'This link is no longer valid', {}, 404);
}
