import { Get, Inject, Param, Post } from '@nestjs/common';
import { InvoiceEmails } from '../../plans/contact/invoice-emails.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { type Page, page } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';

/** The link in the mail to a new address for invoices. Opening it shows what it does; the button does it. */
@BrowserController('customer/confirm_new_stripe_email')
export class InvoiceEmailController {
  constructor(@Inject(InvoiceEmails) private readonly emails: InvoiceEmails) {}

  @Get([':key', withSlash(':key')])
  async show(@Param('key') key: string): Promise<Page> {
    const pending = await this.emails.find(key);
    if (!pending) return gone();
    const { name, email } = pending;
    return page('portal/invoice-email', 'Confirm the new address for invoices', { key, name, email });
  }

  @Post([':key', withSlash(':key')])
  async confirm(@Param('key') key: string): Promise<Page> {
    const done = await this.emails.confirm(key);
    if (!done) return gone();
    const { name, email } = done;
    return page('portal/invoice-email', 'The address for invoices was changed', { name, email, isDone: true });
  }
}

function gone(): Page {
  return page('portal/invoice-email', 'This link does not work any more', { isGone: true }, 404);
}
