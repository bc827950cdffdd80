import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import Handlebars from 'handlebars';
import { projectFolder } from '../common/project-folder.js';
import { MAIL_KINDS, type MailKind, type MailValues } from './mail-values.js';

/** A mail as people read it. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface Template {
  readonly subject: (values: object) => string;
  readonly text: (values: object) => string;
  readonly html: (values: object) => string;
}

/** Apart from that of pages: what is registered there must not get in the way of a value of the same name. */
const own = Handlebars.create();

const SUBJECT = 'Subject: ';

/**
 * The texts of all mail, from `views/mail/`: `KIND.txt.hbs`, whose first line is the subject, and `KIND.html.hbs`, which
 * `layout.html.hbs` surrounds. All are compiled at start, so a broken one stops the start; a value that is missing is an error.
 */
@Injectable()
export class MailTemplates {
  private readonly templates = new Map<MailKind, Template>();

  constructor() {
    const folder = join(projectFolder(), 'views', 'mail');
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    const layout = own.compile(read('layout.html.hbs'), { strict: true });
    for (const kind of MAIL_KINDS) {
      const [head = '', ...body] = read(`${kind}.txt.hbs`).split('\n');
      if (!head.startsWith(SUBJECT)) throw new Error(`the mail template ${kind} does not begin with its subject`);
      const plain = { strict: true, noEscape: true };
      const inner = own.compile(read(`${kind}.html.hbs`), { strict: true });
      this.templates.set(kind, {
        subject: own.compile(head.slice(SUBJECT.length), plain),
        text: own.compile(body.join('\n').trim(), plain),
        html: (values) => layout({ content: inner(values) }),
      });
    }
  }

  render<K extends MailKind>(kind: K, values: MailValues[K]): RenderedMail {
    const template = this.templates.get(kind);
    if (!template) throw new Error(`there is no mail template ${kind}`);
    // Values may hold line breaks; a header field is one line.
    const subject = template.subject(values).replaceAll(/\s+/g, ' ').trim();
    return { subject, text: `${template.text(values)}\n`, html: template.html(values) };
  }
}
