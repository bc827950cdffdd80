import type { Account } from '../account.js';
import type { FormTree } from '../form-encoding.js';
import { attachBankAccount, attachCard } from '../payment-methods.js';
import { charge } from '../payments.js';
import { cardError, StripeFailure } from '../stripe-failure.js';
import type { Invoice, PaymentMethod } from '../stripe-objects.js';
import { CARD_FIELD, cards, chosenCard, field } from './form-fields.js';
import { htmlPage, type PageAnswer, redirect, template } from './layout.js';

const invoiceTemplate = template<object>(`{{#if error}}<p class="error" role="alert">{{error}}</p>{{/if}}
<p>{{invoice.number}}: <strong data-status="{{invoice.status}}">{{invoice.status}}</strong></p>
<table>
<thead><tr><th scope="col">Item</th><th scope="col">Quantity</th><th scope="col">Amount</th></tr></thead>
<tbody>
{{#each lines}}<tr><td>{{description}}</td><td>{{quantity}}</td><td>{{money amount}}</td></tr>
{{/each}}</tbody>
<tfoot>
<tr><th scope="row" colspan="2">Total</th><td>{{money invoice.total}}</td></tr>
<tr><th scope="row" colspan="2">Amount due</th><td>{{money invoice.amount_due}}</td></tr>
</tfoot>
</table>
{{#if invoice.due_date}}<p>Due on {{day invoice.due_date}}</p>{{/if}}
{{#if open}}<form method="post">
${CARD_FIELD}
<button name="action" value="card">Pay by card</button>
<button name="action" value="bank">Pay by bank transfer</button>
</form>{{/if}}`);

const authentication = template<object>(`<p>Your bank asks whether it is you.</p>
<form method="post">
<input type="hidden" name="card" value="{{card}}">
<button name="action" value="complete">Complete authentication</button>
<button name="action" value="fail">Fail authentication</button>
</form>`);

/** `/i/:id`: an invoice as its customer sees it, where it can be paid while it is open. */
export function invoicePage(account: Account, id: string, form: FormTree | undefined): PageAnswer {
  const invoice = account.invoices.find(id);
  if (!invoice || invoice.status === 'draft') return htmlPage('Not found', '<p>There is no such page.</p>', 404);
  if (!form) return show(account, invoice);
  if (invoice.status !== 'open') return show(account, invoice, `This invoice is ${invoice.status}.`);
  const card = chosenCard(form);
  const action = field(form, 'action');
  if (!card) return show(account, invoice, 'Your card number is invalid.');
  if (action === 'fail') return show(account, invoice, 'We are unable to authenticate your payment method.');
  if (action !== 'bank' && action !== 'complete' && card.authenticatedAtSetup) {
    return htmlPage('Authentication', authentication({ card: card.number }));
  }
  try {
    if (action !== 'bank' && card.refusedAtSetup) {
      throw cardError(card.refusedAtSetup.code, card.refusedAtSetup.declineCode, card.refusedAtSetup.message);
    }
    const method: PaymentMethod =
      action === 'bank' ? attachBankAccount(account, invoice.customer) : attachCard(account, invoice.customer, card);
    charge(account, invoice, { by: 'hosted-page', method, authenticated: true });
  } catch (error) {
    if (error instanceof StripeFailure) return show(account, invoice, error.body.message);
    throw error;
  }
  return redirect(`/i/${id}`);
}

function show(account: Account, invoice: Invoice, error?: string): PageAnswer {
  const lines = account.lines.get(invoice.id) ?? [];
  const values = { error, invoice, lines, cards, open: invoice.status === 'open' };
  return htmlPage('Invoice', invoiceTemplate(values), error ? 402 : 200);
}
