import { z } from 'zod';
import { int64, integer, uuid } from '../../protocol/wire-types.js';

/** Body of `push/test_notification`. Keys beside these are errors. */
export const testNotificationSchema = z.strictObject({
  token: z.string().describe('Device token as it was registered'),
  token_kind: integer().describe('1: APNs, 2: FCM'),
  user_id: int64().describe("The server's number of the user"),
  user_uuid: uuid().describe('UUID of the user'),
  realm_uuid: uuid().nullish().describe("UUID of the user's organization"),
  base_payload: z
    .looseObject({
      realm_name: z.string().describe('Name of the organization'),
      realm_uri: z.string().describe('Address of the organization; `realm_url` is preferred where given'),
    })
    .describe('Data for the app; the name and address of the organization make the text'),
});

export type TestNotificationRequest = z.output<typeof testNotificationSchema>;
