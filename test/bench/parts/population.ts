/**
 * The servers and users of a benchmark, made from numbers, so that every process knows them without asking. All texts of a kind
 * have the same length.
 */
export interface Population {
  readonly servers: number;
  readonly users: number;
}

export const APP_ID = 'org.zulip.Zulip';

const hex = (n: number, digits: number, fill = '0') => n.toString(16).padStart(digits, fill);

export const serverUuid = (server: number): string => `5e00e000-0000-4000-8000-${hex(server, 12)}`;
export const realmUuid = (server: number): string => `4ea10000-0000-4000-8000-${hex(server, 12)}`;
export const userUuid = (user: number): string => `0e540000-0000-4000-8000-${hex(user, 12)}`;
/** Fits a JSON number of constant width. */
export const userId = (user: number): string => String(10_000_000 + user);
export const serverKey = (server: number): string => hex(server, 64, 'k');
export const appleToken = (user: number): string => hex(user, 64, 'a');
export const serverOf = ({ servers }: Population, user: number): number => user % servers;

/** The value of a server's `Authorization` header. */
export const credentials = (server: number): string =>
  `Basic ${Buffer.from(`${serverUuid(server)}:${serverKey(server)}`).toString('base64')}`;
