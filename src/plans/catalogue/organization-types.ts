/** A kind of organization, by Zulip's number for it. */
export interface OrganizationType {
  readonly id: number;
  readonly name: string;
  /** Not offered where somebody chooses. */
  readonly isHidden: boolean;
}

/** All kinds, in the order in which people choose among them. */
export const ORGANIZATION_TYPES: readonly OrganizationType[] = [
  { id: 0, name: 'Unspecified', isHidden: true },
  { id: 10, name: 'Business', isHidden: false },
  { id: 20, name: 'Open-source project', isHidden: false },
  { id: 30, name: 'Education (non-profit)', isHidden: false },
  { id: 35, name: 'Education (for-profit)', isHidden: false },
  { id: 40, name: 'Research', isHidden: false },
  { id: 50, name: 'Event or conference', isHidden: false },
  { id: 60, name: 'Non-profit (registered)', isHidden: false },
  { id: 70, name: 'Government', isHidden: false },
  { id: 80, name: 'Political group', isHidden: false },
  { id: 90, name: 'Community', isHidden: false },
  { id: 100, name: 'Personal', isHidden: true },
  { id: 1000, name: 'Other', isHidden: false },
];

/** The name that people see. */
export function organizationTypeName(id: number): string {
  return ORGANIZATION_TYPES.find((type) => type.id === id)?.name ?? 'Unspecified';
}
