import type { PlanUpdate } from '../../plans/changes/plan-updates.js';
import type { BillingRows } from '../../plans/overview/billing-rows.js';
import { count, longDate } from '../../sessions/pages/formats.js';

/** What is said before something that costs or loses something is done. */
export interface Confirmation {
  /** Tells the questions of a page apart. */
  readonly name: string;
  readonly title: string;
  /** `{count}` stands for the number of licenses that was chosen, `{more}` for how many more than now that is. */
  readonly text: string;
  readonly button: string;
  readonly isDangerous: boolean;
}

/** The questions of the billing page; null: nothing is asked, or it cannot be done. */
export interface Confirmations {
  readonly licenses: Confirmation | null;
  readonly nextLicenses: Confirmation | null;
  readonly toggle: Confirmation | null;
  readonly action: Confirmation | null;
}

/** What is asked on the billing page. @param freeUsers the largest organization that needs no plan */
export function confirmationsOf(rows: BillingRows, freeUsers: number): Confirmations {
  const { licenses } = rows;
  return {
    licenses: licenses.mayAddNow ? addingLicenses(rows) : null,
    nextLicenses: licenses.mayChangeNext ? changingNextLicenses(rows) : null,
    toggle: licenses.mayToggle ? togglingManagement(licenses.isAutomatic) : null,
    action: ofAction(rows, freeUsers),
  };
}

/** The question about one update, with its numbers filled in; null where nothing is asked. What is refused anyway is not asked about. */
export function confirmationOf(rows: BillingRows, update: PlanUpdate, freeUsers: number): Confirmation | null {
  const questions = confirmationsOf(rows, freeUsers);
  const { licenses } = rows;
  const fewest = licenses.fewest ?? 0;
  if (update.toggleLicenseManagement) return questions.toggle;
  if (update.status !== undefined) return update.status === rows.action?.status ? questions.action : null;
  if (update.licenses !== undefined) {
    const isMore = update.licenses > licenses.current && update.licenses >= fewest;
    return isMore ? filledIn(questions.licenses, update.licenses, licenses.current) : null;
  }
  const next = update.licensesAtNextRenewal;
  if (next === undefined || next === licenses.next || next < fewest) return null;
  return filledIn(questions.nextLicenses, next, licenses.current);
}

function filledIn(question: Confirmation | null, chosen: number, current: number): Confirmation | null {
  if (!question) return null;
  const text = question.text.replace('{count}', count(chosen)).replace('{more}', count(chosen - current));
  return { ...question, text };
}

function addingLicenses({ plan }: BillingRows): Confirmation {
  const how = plan.chargeAutomatically ? 'They are charged to your card' : 'You get an invoice for them';
  return {
    name: 'licenses',
    title: 'Add licenses?',
    text: `You will have {count} licenses, {more} more than now. ${how} within a month, for what is left of the billing period.`,
    button: 'Add licenses',
    isDangerous: false,
  };
}

function changingNextLicenses({ nextPayment }: BillingRows): Confirmation {
  const consequence =
    nextPayment.kind === 'trial-invoice-unpaid'
      ? 'The invoice that you have is replaced by a new one for that number.'
      : 'That number is charged when the plan renews.';
  return {
    name: 'next-licenses',
    title: 'Change the licenses of the next period?',
    text: `The next billing period will have {count} licenses: your organization can have that many users at most. ${consequence}`,
    button: 'Change licenses',
    isDangerous: false,
  };
}

function togglingManagement(isAutomatic: boolean): Confirmation {
  return {
    name: 'toggle',
    title: isAutomatic ? 'Choose the number of licenses yourself?' : 'Let the number of licenses follow the users?',
    text: isAutomatic
      ? 'The number stays as it is until you change it here. Whoever joins beyond it needs a license that you add first.'
      : 'Licenses are added as users join, and charged within a month. At renewal, their number becomes the number of users.',
    button: 'Switch license management',
    isDangerous: false,
  };
}

function ofAction({ action, nextPayment, shown }: BillingRows, freeUsers: number): Confirmation | null {
  const when = 'at' in nextPayment ? longDate(nextPayment.at) : 'the end of the billing period';
  const after = `After that it is Free: an organization of more than ${count(freeUsers)} users gets no push notifications.`;
  const downgrade = { name: 'action', title: 'Cancel the plan?', button: 'Cancel and downgrade', isDangerous: true };
  switch (action?.kind) {
    case 'cancel':
      return { ...downgrade, text: `Your plan stays as it is until ${when}, and is not renewed. ${after}` };
    case 'cancel-trial':
      return { ...downgrade, text: `The free trial goes on until ${when}, and nothing is charged. ${after}` };
    case 'cancel-next-plan':
      return {
        name: 'action',
        title: 'Cancel the upgrade?',
        text: `${shown.name} does not start on ${when}. What you have now stays until then.`,
        button: 'Cancel upgrade',
        isDangerous: true,
      };
    default:
      return null;
  }
}
