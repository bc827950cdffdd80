import type { Page } from 'playwright-core';
import type { BillingWorld } from '../../support/billing.js';
import type { BrowserClient } from '../../support/browser-client.js';

/** How somebody comes to see a page in some state. */
export interface Way {
  readonly path: string;
  /** Who has logged in; absent: nobody. */
  readonly browser?: BrowserClient;
  /** What is done on the page until the state is there. */
  readonly steps?: (page: Page) => Promise<void>;
  /** Without a script some questions come as pages of their own. */
  readonly withoutScripts?: boolean;
}

/** A page in one of its states. */
export interface Screen {
  /** For the test, and for the names of pictures. */
  readonly name: string;
  /** Words of the heading, so that another page is not taken for it. */
  readonly heading: RegExp;
  readonly arrange: (world: BillingWorld) => Promise<Way> | Way;
}
