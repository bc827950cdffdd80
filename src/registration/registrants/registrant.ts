/** Who a plan can be for: a whole server, or one of its realms. By our ids. */
export type Registrant = { readonly serverId: string } | { readonly realmId: string };
