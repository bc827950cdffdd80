import { z } from 'zod';

/** A field of a form; one that was not sent is empty, and judged as that. */
const field = z.string().default('');

export const loginForm = z.object({ email: field, password: field, next: z.string().optional() });
export const codeForm = z.object({ code: field });
export const linkForm = z.object({ password: field, code: field });
export const passwordForm = z.object({ current_password: field, password: field });
export const secondFactorForm = z.object({ current_password: field, code: field });
export const confirmationForm = z.object({ current_password: field });
