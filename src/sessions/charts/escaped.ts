import Handlebars from 'handlebars';

/** Text as HTML in which nothing is markup, as the templates escape it; for quoted attributes too. */
export function escaped(text: string): string {
  return Handlebars.escapeExpression(text);
}
