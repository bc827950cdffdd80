import { isDeepStrictEqual } from 'node:util';

/** A realm as its server describes it. */
export interface ReportedRealm {
  /** The server's own number for it, decimal text. */
  readonly id: string;
  /** Canonical. */
  readonly uuid: string;
  readonly ownerSecret: string;
  /** ISO 8601, to the microsecond. */
  readonly dateCreated: string;
  readonly attributes: RealmAttributes;
}

/** What may change about a realm; each change is noted. Named as the columns are, since the audit log names them so. */
export interface RealmAttributes {
  readonly host: string;
  readonly org_type: number;
  readonly name: string;
  readonly authentication_methods: Readonly<Record<string, boolean>>;
  readonly realm_deactivated: boolean;
  readonly is_system_bot_realm: boolean;
}

/** In the order in which changes are noted. */
export const REALM_ATTRIBUTES = [
  'host',
  'org_type',
  'name',
  'authentication_methods',
  'realm_deactivated',
  'is_system_bot_realm',
] as const satisfies readonly (keyof RealmAttributes)[];

/** A change of one attribute, as the audit log keeps it. */
export interface AttributeChange {
  readonly attr_name: keyof RealmAttributes;
  readonly old_value: unknown;
  readonly new_value: unknown;
}

/** What differs, in the order of `REALM_ATTRIBUTES`. The order of keys inside a value does not matter. */
export function attributeChanges(before: RealmAttributes, after: RealmAttributes): AttributeChange[] {
  return REALM_ATTRIBUTES.filter((name) => !isDeepStrictEqual(before[name], after[name])).map((name) => ({
    attr_name: name,
    old_value: before[name],
    new_value: after[name],
  }));
}
