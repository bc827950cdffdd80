import { Registration1764000000001 } from './1764000000001-registration.js';
import { Counts1764000000002 } from './1764000000002-counts.js';
import { Devices1764000000003 } from './1764000000003-devices.js';

/** Every migration, oldest first. One that has been released is never edited; a mistake is mended by the next one. */
export const migrations = [Registration1764000000001, Counts1764000000002, Devices1764000000003] as const;
