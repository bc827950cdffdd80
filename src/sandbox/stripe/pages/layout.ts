import Handlebars from 'handlebars';

/** A page's answer. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const HEADERS = {
  // Forms lead back here and from here to wherever the caller's links say, so `form-action` cannot be listed.
  'content-security-policy': "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const own = Handlebars.create();

own.registerHelper('money', (cents: number) => dollars(cents));
own.registerHelper('day', (seconds: number | null) =>
  seconds === null ? '' : new Date(seconds * 1000).toISOString().slice(0, 10),
);

const layout = own.compile<{ readonly title: string; readonly content: string }>(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}} - sandbox payments</title>
<link rel="stylesheet" href="/stand-in.css">
</head>
<body>
<header><p>Sandbox payments: no money moves here.</p></header>
<main>
<h1>{{title}}</h1>
{{{content}}}
</main>
</body>
</html>
`);

/** Compiles the inside of a page; values are escaped. */
export function template<T>(source: string): (values: T) => string {
  return own.compile<T>(source);
}

/** A whole page. */
export function htmlPage(title: string, content: string, status = 200): PageAnswer {
  return {
    status,
    headers: { ...HEADERS, 'content-type': 'text/html; charset=utf-8' },
    body: layout({ title, content }),
  };
}

/** The style of all pages. */
export function stylePage(): PageAnswer {
  return { status: 200, headers: { ...HEADERS, 'content-type': 'text/css; charset=utf-8' }, body: STYLE };
}

/** Sends the browser elsewhere, with GET. */
export function redirect(location: string): PageAnswer {
  return { status: 303, headers: { ...HEADERS, location }, body: '' };
}

/** Cents as `$1,234.56`. */
export function dollars(cents: number): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(cents / 100);
}

const STYLE = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 40rem; padding: 1.5rem 1rem 4rem; }
header p { color: light-dark(#545b69, #a5adbb); font-size: .875rem; }
form { display: grid; gap: .75rem; margin: 1rem 0; }
label { display: grid; gap: .25rem; }
input, select, button { font: inherit; padding: .4rem .5rem; }
.error { border-left: .25rem solid light-dark(#b42318, #ff8a80); padding-left: .75rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem; border-bottom: 1px solid light-dark(#d9dce3, #353a44); }
td:last-child, th:last-child { text-align: right; }
`;
