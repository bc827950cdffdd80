import Handlebars from 'handlebars';

/** One line of the page. */
export interface InboxEntry {
  readonly id: number;
  readonly phone: string;
  readonly platform: 'apns' | 'fcm';
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

// Handlebars escapes every value; the script fills the same elements through `textContent`.
const page = Handlebars.compile(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox - Push Bouncer</title>
<link rel="stylesheet" href="/inbox.css">
<script type="module" src="/inbox.js"></script>
</head>
<body>
<header>
<h1>Inbox</h1>
<p>What the phones received, newest first. <span id="state" role="status"></span></p>
</header>
<main>
<p id="empty"{{#if entries}} hidden{{/if}}>Nothing yet. Notifications appear here as they are delivered.</p>
<ol id="entries" aria-live="polite">
{{#each entries}}
<li data-id="{{id}}" data-platform="{{platform}}" data-kind="{{kind}}">
<p class="head"><span class="phone">{{phone}}</span> <span class="kind">{{kind}}</span> <time datetime="{{at}}">{{at}}</time></p>
<h2>{{title}}</h2>
<p class="body">{{body}}</p>
</li>
{{/each}}
</ol>
</main>
<template id="entry"><li>
<p class="head"><span class="phone"></span> <span class="kind"></span> <time></time></p>
<h2></h2>
<p class="body"></p>
</li></template>
</body>
</html>
`);

/** The page with these entries, newest first. */
export function renderInbox(entries: readonly InboxEntry[]): string {
  return page({ entries });
}

export const INBOX_STYLE = `:root {
  color-scheme: light dark;
  --page: light-dark(#f5f6f8, #15171b);
  --card: light-dark(#fff, #1f2228);
  --line: light-dark(#d9dce3, #353a44);
  --text: light-dark(#1c1f26, #e8eaef);
  --soft: light-dark(#545b69, #a5adbb);
  --apns: light-dark(#1d4ed8, #93b4ff);
  --fcm: light-dark(#166534, #7fd69b);
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 44rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
header p, #empty, time, .kind { color: var(--soft); }
h1 { margin: 0; font-size: 1.5rem; }
header p { margin: .25rem 0 1.5rem; }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
li { background: var(--card); border: 1px solid var(--line); border-left: .25rem solid var(--accent); border-radius: .5rem;
  padding: .75rem 1rem; overflow-wrap: anywhere; }
li[data-platform="apns"] { --accent: var(--apns); }
li[data-platform="fcm"] { --accent: var(--fcm); }
.head { margin: 0; display: flex; flex-wrap: wrap; gap: 0 .75rem; font-size: .875rem; }
.phone { font-weight: 600; color: var(--accent); }
time { margin-left: auto; font-variant-numeric: tabular-nums; }
h2 { margin: .25rem 0 0; font-size: 1rem; }
.body { margin: 0; white-space: pre-line; }
`;

export const INBOX_SCRIPT = `const list = document.getElementById('entries');
const template = document.getElementById('entry');
const empty = document.getElementById('empty');
const state = document.getElementById('state');
const clock = (iso) => new Date(iso).toLocaleTimeString();
for (const time of list.querySelectorAll('time')) time.textContent = clock(time.dateTime);

function add(entry) {
  if (list.querySelector('[data-id="' + Number(entry.id) + '"]')) return;
  const item = template.content.cloneNode(true).querySelector('li');
  Object.assign(item.dataset, { id: entry.id, platform: entry.platform, kind: entry.kind });
  for (const name of ['phone', 'kind', 'body']) item.querySelector('.' + name).textContent = entry[name];
  item.querySelector('h2').textContent = entry.title;
  const time = item.querySelector('time');
  time.dateTime = entry.at;
  time.textContent = clock(entry.at);
  list.prepend(item);
  empty.hidden = true;
}

const events = new EventSource('/events');
events.addEventListener('message', (event) => add(JSON.parse(event.data)));
events.addEventListener('open', () => { state.textContent = 'Live.'; });
events.addEventListener('error', () => { state.textContent = 'Not connected.'; });
`;
