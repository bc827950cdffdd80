/** A server's own numbers of its realms, each with the id of the registered realm that it is here. */
export type RealmLinks = ReadonlyMap<string, string>;
