/** The words of a page as people read them: without tags, and with single spaces. */
export function wordsOf(html: string): string {
  const main = /<main[\s\S]*<\/main>/.exec(html)?.[0] ?? html;
  return decoded(main.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .replace(/ ([.,:;)])/g, '$1')
    .trim();
}

/** Where the links of a page lead that say this. */
export function linksSaying(html: string, words: string): string[] {
  return [...html.matchAll(/<a\b[^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)]
    .filter(([, , text = '']) => wordsOf(text) === words)
    .map(([, address = '']) => decoded(address));
}

/** The fields of the purchase form, or of whatever form is in the main part of a page, as a browser without a script would send them. */
export function fieldsOf(html: string): Record<string, string> {
  const main = /<main[\s\S]*<\/main>/.exec(html)?.[0] ?? '';
  const fields: Record<string, string> = {};
  for (const [tag] of main.matchAll(/<input\b[^>]*>/g)) {
    fields[attribute(tag, 'name')] = decoded(attribute(tag, 'value'));
  }
  for (const [, name = '', options = ''] of main.matchAll(/<select\b[^>]*name="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g)) {
    const tags = [...options.matchAll(/<option\b[^>]*>/g)].map(([tag]) => tag);
    const chosen = tags.find((tag) => / selected/.test(tag)) ?? tags[0] ?? '';
    fields[name] = decoded(attribute(chosen, 'value'));
  }
  return fields;
}

function attribute(tag: string, name: string): string {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
}

function decoded(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
