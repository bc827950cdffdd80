import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { Settings } from '../../config/settings.js';
import type { Site } from '../site.js';

/** Where Stripe's own pages live; the forms of a purchase lead there. */
const STRIPE_PAGES = ['https://checkout.stripe.com', 'https://billing.stripe.com', 'https://invoice.stripe.com'];
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/**
 * Headers of every page (OWASP Secure Headers): nothing inline, nothing of others, no framing, forms to ourselves and to Stripe.
 * The referrer policy must not be `no-referrer`: browsers then send `Origin: null`, by which forms are told from forged ones.
 */
export function pageHeaders(site: Site, { stripe }: Settings): FastifyHelmetOptions {
  const stripePages = stripe.apiOrigin ? [stripe.apiOrigin] : STRIPE_PAGES;
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // The base style sheet draws its ticks and arrows with data: pictures.
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'", ...(site.name === 'portal' ? stripePages : [])],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: site.secure ? { maxAge: YEAR_SECONDS, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  };
}
