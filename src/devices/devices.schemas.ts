import { z } from 'zod';
import { int64, integer, jsonField, nonBlankString, uuid } from '../protocol/wire-types.js';

const userId = jsonField(int64()).optional().describe("The server's number of the user");
const userUuid = uuid().optional().describe('UUID of the user; newer servers send it beside the number');
const realmUuid = uuid().optional().describe("UUID of the user's organization");
const token = nonBlankString().describe('Device token as the app got it; hexadecimal for Apple');
const tokenKind = jsonField(integer()).describe('1: APNs, 2: FCM');

/** Fields of `push/register`, in the order in which they are examined. */
export const registerDeviceSchema = z.object({
  user_id: userId,
  user_uuid: userUuid,
  realm_uuid: realmUuid,
  token,
  token_kind: tokenKind,
  ios_app_id: z
    .string()
    .max(255)
    .regex(/^[.a-zA-Z0-9-]+$/)
    .optional()
    .describe("Bundle id of the app; Apple's devices need it"),
});

/** Fields of `push/unregister`. */
export const unregisterDeviceSchema = z.object({
  token,
  token_kind: tokenKind,
  user_id: userId,
  user_uuid: userUuid,
  realm_uuid: realmUuid,
});

/** Fields of `push/unregister/all`. */
export const unregisterAllSchema = z.object({ user_id: userId, user_uuid: userUuid, realm_uuid: realmUuid });

export type RegisterDevice = z.output<typeof registerDeviceSchema>;
export type UnregisterDevice = z.output<typeof unregisterDeviceSchema>;
export type UnregisterAll = z.output<typeof unregisterAllSchema>;
