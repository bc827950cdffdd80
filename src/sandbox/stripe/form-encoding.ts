/** A parsed body or query: text, or named parts of the same kind. */
export type FormTree = { [name: string]: string | FormTree };

/**
 * Reads the form encoding of Stripe's API, in which names nest by brackets: `lines[0][amount]=5` (docs.stripe.com/api, "Form
 * encoding"). Lists become trees with numbers for names.
 */
export function parseForm(text: string): FormTree {
  const root = emptyTree();
  for (const [key, value] of new URLSearchParams(text)) put(root, pathOf(key), value);
  return root;
}

function pathOf(key: string): string[] {
  const bracket = key.indexOf('[');
  if (bracket <= 0) return [key];
  return [key.slice(0, bracket), ...[...key.slice(bracket).matchAll(/\[([^\]]*)\]/g)].map(([, part]) => part ?? '')];
}

function put(tree: FormTree, path: readonly string[], value: string): void {
  const [head = '', ...rest] = path;
  // `expand[]=a&expand[]=b`: the next free number.
  const name = head === '' ? String(Object.keys(tree).length) : head;
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const inner = tree[name];
  const next = typeof inner === 'object' ? inner : emptyTree();
  tree[name] = next;
  put(next, rest, value);
}

/** Without a prototype, so that a parameter may be called anything. */
function emptyTree(): FormTree {
  return Object.create(null) as FormTree;
}

/** A tree as text in which the order of its names does not matter: the same parameters give the same text. */
export function canonical(tree: FormTree): string {
  const names = Object.keys(tree).sort();
  return `{${names
    .map((name) => {
      const value = tree[name];
      return `${JSON.stringify(name)}:${typeof value === 'object' ? canonical(value) : JSON.stringify(value)}`;
    })
    .join(',')}}`;
}
