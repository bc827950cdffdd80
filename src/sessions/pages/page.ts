/** What a handler of a page answers: a template of `views/` and its data. `PageInterceptor` renders it. */
export class Page {
  constructor(
    /** Path below `views/`, without ending. */
    readonly view: string,
    readonly title: string,
    readonly data: object,
    readonly status = 200,
  ) {}
}

/** Another address to go on at: after a form (303, so that the browser asks for it by GET), or instead of a page (302). */
export class Redirect {
  constructor(
    readonly address: string,
    readonly status: 302 | 303 = 302,
  ) {}
}

/** A page. The title is what tabs, bookmarks and screen readers say first. */
export function page(view: string, title: string, data: object = {}, status = 200): Page {
  return new Page(view, title, data, status);
}

/** Instead of this page, another. Never give it an address that came from outside. */
export function redirect(address: string): Redirect {
  return new Redirect(address);
}

/** After a form that was accepted, the page that shows what came of it. */
export function seeOther(address: string): Redirect {
  return new Redirect(address, 303);
}
