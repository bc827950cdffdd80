import type { Account } from '../account.js';
import type { FormTree } from '../form-encoding.js';
import type { Customer } from '../stripe-objects.js';
import { ADDRESS_FIELDS, field, typedAddress } from './form-fields.js';
import { htmlPage, type PageAnswer, redirect, template } from './layout.js';

const portal = template<object>(`{{#if back}}<p><a href="{{back}}">Return</a></p>{{/if}}
{{#if update}}<h2>Billing information</h2>
<form method="post">
<label>E-mail <input type="email" name="email" value="{{customer.email}}"></label>
${ADDRESS_FIELDS}
<button>Save</button>
</form>{{/if}}
{{#if history}}<h2>Invoice history</h2>
<table>
<thead><tr><th scope="col">Invoice</th><th scope="col">Status</th><th scope="col">Amount</th></tr></thead>
<tbody>
{{#each invoices}}<tr><td><a href="{{hosted_invoice_url}}">{{number}}</a> {{day created}}</td><td>{{status}}</td><td>{{money total}}</td></tr>
{{/each}}</tbody>
</table>{{/if}}`);

/** `/p/session/:id`: what a customer may see and change about themselves. */
export function portalPage(account: Account, id: string, form: FormTree | undefined): PageAnswer {
  const session = account.portalSessions.find(id);
  const customer = account.customers.find(session?.customer ?? '');
  const configuration = account.portalConfigurations.find(session?.configuration ?? '');
  if (!session || !customer || !configuration) return htmlPage('Not found', '<p>There is no such page.</p>', 404);
  const { customer_update: update, invoice_history: history } = configuration.features;
  if (form) {
    if (!update.enabled) return htmlPage('Refused', '<p>Changes are not allowed here.</p>', 403);
    change(customer, update.allowed_updates, form);
    account.emit('customer.updated', customer);
    return redirect(`/p/session/${id}`);
  }
  const invoices = account.invoices.all().filter((one) => one.customer === customer.id && one.status !== 'draft');
  const values = {
    back: session.return_url,
    update: update.enabled,
    history: history.enabled,
    customer,
    name: customer.name,
    address: customer.address,
    invoices: invoices.toReversed(),
  };
  return htmlPage('Billing', portal(values));
}

function change(customer: Customer, allowed: readonly string[], form: FormTree): void {
  if (allowed.includes('email') && field(form, 'email')) customer.email = field(form, 'email');
  if (allowed.includes('name')) customer.name = field(form, 'name') || null;
  if (allowed.includes('address')) customer.address = typedAddress(form) ?? null;
}
