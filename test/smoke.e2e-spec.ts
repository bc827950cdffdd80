import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestService } from './support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());

it('registers a phone of each kind and delivers a notification to both', async () => {
  const auth = await service.addServer();
  const android = { user_id: 10, token: 'fcm-token', token_kind: 2, server_uuid: auth.uuid };
  expect((await service.call('push/register', { auth, form: android })).body).toEqual({
    result: 'success',
    msg: '',
    ignored_parameters_unsupported: ['server_uuid'],
  });
  const iphone = { user_id: 10, token: 'c0ffee', token_kind: 1, ios_app_id: 'org.zulip.Zulip' };
  expect((await service.call('push/register', { auth, form: iphone })).status).toBe(200);
  const answer = await service.call('push/notify', {
    auth,
    json: {
      user_id: 10,
      apns_payload: { alert: { title: 'Hamlet' }, custom: { zulip: { event: 'message' } } },
      gcm_payload: { event: 'message', content: 'hi', time: 5 },
    },
  });
  expect(answer.body).toEqual({
    result: 'success',
    msg: '',
    total_android_devices: 1,
    total_apple_devices: 1,
    deleted_devices: { android_devices: [], apple_devices: [] },
    realm: null,
  });
  expect(service.apns.receivedFor('c0ffee').map(({ status }) => status)).toEqual([200]);
  expect(service.fcm.receivedFor('fcm-token').map(({ body }) => body)).toEqual([
    {
      message: {
        token: 'fcm-token',
        data: { event: 'message', content: 'hi', time: '5' },
        android: { priority: 'HIGH' },
      },
    },
  ]);
});
