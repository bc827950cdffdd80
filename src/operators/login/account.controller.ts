import { Get, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { FormParameters } from '../../protocol/wire-parameters.decorator.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, page, type Redirect, redirect, seeOther } from '../../sessions/pages/page.js';
import { Credentials } from '../accounts/credentials.service.js';
import type { KnownOperator } from '../accounts/known-operator.js';
import { LoginThrottle } from '../accounts/login-throttle.js';
import { passwordProblem } from '../accounts/passwords.js';
import { SecondFactors } from '../accounts/second-factors.js';
import { bothSlashes } from './both-slashes.js';
import { confirmationForm, passwordForm, secondFactorForm } from './login.schemas.js';
import { OperatorGuard } from './operator.guard.js';
import { CurrentOperator, View } from './operator-marks.js';
import { OperatorSessions } from './operator-session.js';
import { SecondFactorSetup } from './second-factor-setup.js';

const ACCOUNT = '/operator/account/';
const WRONG_PASSWORD = 'This is not your password.';

/** Which form of the page was refused, and why. */
type Problem = Readonly<Record<string, string>>;

/** What operators do about their own accounts. Each change asks for the password, and ends all other sessions. */
@BrowserController('operator')
@UseGuards(OperatorGuard)
@View()
export class AccountController {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(SecondFactors) private readonly secondFactors: SecondFactors,
    @Inject(SecondFactorSetup) private readonly setup: SecondFactorSetup,
    @Inject(OperatorSessions) private readonly sessions: OperatorSessions,
    @Inject(LoginThrottle) private readonly throttle: LoginThrottle,
  ) {}

  @Get(bothSlashes())
  start(): Redirect {
    return redirect(ACCOUNT);
  }

  @Get(bothSlashes('account'))
  async show(@CurrentOperator() operator: KnownOperator): Promise<Page> {
    return await this.accountPage(operator);
  }

  @Post(bothSlashes('account/password'))
  async changePassword(
    @Req() request: FastifyRequest,
    @CurrentOperator() operator: KnownOperator,
    @FormParameters(passwordForm) form: z.output<typeof passwordForm>,
  ): Promise<Page | Redirect> {
    if (!(await this.confirmed(request, operator, form.current_password))) {
      return await this.accountPage(operator, { currentProblem: WRONG_PASSWORD });
    }
    const problem = passwordProblem(form.password, operator.email);
    if (problem) return await this.accountPage(operator, { passwordProblem: problem });
    const renewed = await this.credentials.changePassword(operator.id, form.password);
    await this.sessions.renew(request, renewed.operator);
    flash(request, 'success', 'Your password is changed. All your other sessions have ended.');
    return seeOther(ACCOUNT);
  }

  @Get(bothSlashes('account/second-factor'))
  async setupForm(@Req() request: FastifyRequest, @CurrentOperator() operator: KnownOperator): Promise<Page> {
    return await this.setupPage(request, operator);
  }

  @Post(bothSlashes('account/second-factor'))
  async setUp(
    @Req() request: FastifyRequest,
    @CurrentOperator() operator: KnownOperator,
    @FormParameters(secondFactorForm) form: z.output<typeof secondFactorForm>,
  ): Promise<Page> {
    if (!(await this.confirmed(request, operator, form.current_password))) {
      return await this.setupPage(request, operator, { currentProblem: WRONG_PASSWORD });
    }
    const factor = await this.setup.prove(request, operator, form.code);
    if (!factor) {
      const codeProblem = 'This code is not right. Please enter the one that your app shows now.';
      return await this.setupPage(request, operator, { codeProblem });
    }
    const renewed = await this.credentials.enrolSecondFactor(operator.id, factor);
    await this.sessions.renew(request, renewed.operator);
    return codesPage(renewed.recoveryCodes);
  }

  @Post(bothSlashes('account/second-factor/remove'))
  async remove(
    @Req() request: FastifyRequest,
    @CurrentOperator() operator: KnownOperator,
    @FormParameters(confirmationForm) form: z.output<typeof confirmationForm>,
  ): Promise<Page | Redirect> {
    if (!this.removable(operator)) return await this.accountPage(operator, { removeProblem: 'It is required.' });
    if (!(await this.confirmed(request, operator, form.current_password))) {
      return await this.accountPage(operator, { removeProblem: WRONG_PASSWORD });
    }
    const renewed = await this.credentials.removeSecondFactor(operator.id);
    await this.sessions.renew(request, renewed.operator);
    flash(request, 'success', 'Your account has no second factor any more.');
    return seeOther(ACCOUNT);
  }

  @Post(bothSlashes('account/recovery-codes'))
  async renewCodes(
    @Req() request: FastifyRequest,
    @CurrentOperator() operator: KnownOperator,
    @FormParameters(confirmationForm) form: z.output<typeof confirmationForm>,
  ): Promise<Page> {
    const confirmed = await this.confirmed(request, operator, form.current_password);
    if (!confirmed || !operator.secondFactorSince) {
      return await this.accountPage(operator, { codesProblem: WRONG_PASSWORD });
    }
    return codesPage(await this.secondFactors.renewCodes(operator.id));
  }

  @Post(bothSlashes('logout'))
  async logOut(@Req() request: FastifyRequest): Promise<Redirect> {
    await this.sessions.end(request);
    return seeOther('/login/');
  }

  /** Whether it is the operator who sits there, and not somebody who found the browser open. */
  private async confirmed(request: FastifyRequest, { email }: KnownOperator, password: string): Promise<boolean> {
    await this.throttle.admit('password', request.ip, email);
    return (await this.credentials.byPassword(email, password)) !== undefined;
  }

  private removable({ secondFactorSince }: KnownOperator): boolean {
    return secondFactorSince !== undefined && this.settings.sessions.operatorSecondFactor === 'optional';
  }

  private async accountPage(operator: KnownOperator, problem?: Problem): Promise<Page> {
    const codesLeft = await this.secondFactors.codesLeft(operator.id);
    const data = { operator, codesLeft, removable: this.removable(operator), ...problem };
    return page('operators/account', 'Your account', data, problem ? 400 : 200);
  }

  private async setupPage(request: FastifyRequest, operator: KnownOperator, problem?: Problem): Promise<Page> {
    const data = {
      setup: await this.setup.show(request, operator),
      askPassword: true,
      email: operator.email,
      ...problem,
    };
    const title = operator.secondFactorSince ? 'Replace your second factor' : 'Set up your second factor';
    return page('operators/second-factor', title, data, problem ? 400 : 200);
  }
}

function codesPage(recoveryCodes: readonly string[]): Page {
  return page('operators/recovery-codes', 'Your recovery codes', { recoveryCodes, next: ACCOUNT });
}
