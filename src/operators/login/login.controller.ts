import { Get, Inject, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page, type Redirect, redirect, seeOther } from '../../sessions/pages/page.js';
import { Credentials } from '../accounts/credentials.service.js';
import { canonicalEmail } from '../accounts/known-operator.js';
import { LoginThrottle } from '../accounts/login-throttle.js';
import { SecondFactors } from '../accounts/second-factors.js';
import { bothSlashes } from './both-slashes.js';
import { codeForm, loginForm } from './login.schemas.js';
import { nextAddress } from './next-address.js';
import { OpenIdProvider } from './open-id-provider.js';
import { OperatorSessions } from './operator-session.js';
import { SecondFactorSetup } from './second-factor-setup.js';

/** One sentence for a wrong address, a wrong password and a disabled account: it tells nobody who is an operator. */
const REFUSED = 'No operator has this e-mail address and password.';
const WRONG_CODE = 'This code is not right, or no longer. Please enter the one that your app shows now.';

/** How operators log in: with a password, and then a code where there is a second factor. */
@BrowserController('login')
export class LoginController {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(SecondFactors) private readonly secondFactors: SecondFactors,
    @Inject(SecondFactorSetup) private readonly setup: SecondFactorSetup,
    @Inject(OperatorSessions) private readonly sessions: OperatorSessions,
    @Inject(LoginThrottle) private readonly throttle: LoginThrottle,
    @Inject(OpenIdProvider) private readonly openId: OpenIdProvider,
  ) {}

  @Get(bothSlashes())
  async form(@Req() request: FastifyRequest, @Query('next') next: unknown): Promise<Page | Redirect> {
    const asked = typeof next === 'string' ? next : undefined;
    if (await this.sessions.current(request)) return redirect(nextAddress(asked));
    return this.loginPage({ next: asked });
  }

  @Post(bothSlashes())
  async logIn(
    @Req() request: FastifyRequest,
    @FormParameters(loginForm) { email, password, next }: z.output<typeof loginForm>,
  ): Promise<Page | Redirect> {
    await this.throttle.admit('password', request.ip, canonicalEmail(email));
    const operator = await this.credentials.byPassword(email, password);
    if (!operator) return this.loginPage({ next, email, problem: REFUSED }, 403);
    const goal = nextAddress(next);
    if (operator.secondFactorSince) {
      await this.sessions.halfway(request, operator, goal);
      return seeOther('/login/code/');
    }
    if (this.settings.sessions.operatorSecondFactor === 'required') {
      await this.sessions.halfway(request, operator, goal);
      return seeOther('/login/second-factor/');
    }
    await this.sessions.begin(request, operator, 'password');
    return seeOther(goal);
  }

  @Get(bothSlashes('code'))
  async codeForm(@Req() request: FastifyRequest): Promise<Page | Redirect> {
    const halfway = await this.sessions.atHalfway(request);
    return halfway?.operator.secondFactorSince ? codePage() : redirect('/login/');
  }

  @Post(bothSlashes('code'))
  async enterCode(
    @Req() request: FastifyRequest,
    @FormParameters(codeForm) { code }: z.output<typeof codeForm>,
  ): Promise<Page | Redirect> {
    const halfway = await this.sessions.atHalfway(request);
    if (!halfway?.operator.secondFactorSince) return redirect('/login/');
    const { operator, next } = halfway;
    await this.throttle.admit('code', request.ip, operator.email);
    if (!(await this.secondFactors.accept(operator.id, code))) return codePage(WRONG_CODE, 403);
    await this.sessions.begin(request, operator, 'password and code');
    return seeOther(next);
  }

  /** The first login of one whose second factor was optional when the password was set. */
  @Get(bothSlashes('second-factor'))
  async setupForm(@Req() request: FastifyRequest): Promise<Page | Redirect> {
    const halfway = await this.sessions.atHalfway(request);
    if (!halfway || halfway.operator.secondFactorSince) return redirect('/login/');
    const data = { setup: await this.setup.show(request, halfway.operator) };
    return page('operators/second-factor', 'Set up your second factor', data);
  }

  @Post(bothSlashes('second-factor'))
  async setUp(
    @Req() request: FastifyRequest,
    @FormParameters(codeForm) { code }: z.output<typeof codeForm>,
  ): Promise<Page | Redirect> {
    const halfway = await this.sessions.atHalfway(request);
    if (!halfway || halfway.operator.secondFactorSince) return redirect('/login/');
    const factor = await this.setup.prove(request, halfway.operator, code);
    if (!factor) {
      const data = { setup: await this.setup.show(request, halfway.operator), codeProblem: WRONG_CODE };
      return page('operators/second-factor', 'Set up your second factor', data, 400);
    }
    const { operator, recoveryCodes } = await this.credentials.enrolSecondFactor(halfway.operator.id, factor);
    await this.sessions.begin(request, operator, 'password and code');
    return page('operators/recovery-codes', 'Your recovery codes', { recoveryCodes, next: halfway.next });
  }

  private loginPage(data: { next: string | undefined; email?: string; problem?: string }, status = 200): Page {
    const query = data.next === undefined ? '' : `?${new URLSearchParams({ next: data.next })}`;
    const openIdAddress = this.openId.configured ? `/login/openid/${query}` : undefined;
    return page('operators/login', 'Operator log-in', { ...data, openIdAddress }, status);
  }
}

function codePage(problem?: string, status = 200): Page {
  return page('operators/code', 'Enter your code', { problem }, status);
}
