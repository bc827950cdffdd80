import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Received } from '../transport/received.js';
import { Inbox } from './inbox.js';

const apns = new EventEmitter<{ delivery: [Received]; request: [Received] }>();
const fcm = new EventEmitter<{ delivery: [Received]; request: [Received] }>();
let inbox: Inbox;

function received(token: string, body: unknown): Received {
  return {
    token,
    body,
    rawBody: '',
    headers: {},
    status: 200,
    reason: '',
    session: 1,
    at: new Date('2026-03-01T12:00:00Z'),
  };
}

const get = async (path: string) => await fetch(`http://127.0.0.1:${inbox.port}${path}`);

beforeEach(async () => {
  inbox = new Inbox().follow({ apns, fcm }).namePhone('c0ffee', 'Iago’s iPhone');
  await inbox.start();
});

afterEach(async () => {
  apns.removeAllListeners();
  fcm.removeAllListeners();
  await inbox.stop();
});

describe('Inbox', () => {
  it('lists what the phones received, newest first', async () => {
    apns.emit(
      'delivery',
      received('C0FFEE', { aps: { alert: { title: '#a > b', subtitle: 'Iago:', body: 'hi' } }, zulip: {} }),
    );
    fcm.emit(
      'delivery',
      received('phone-token-1', { message: { data: { event: 'message', sender_full_name: 'Iago', content: 'hi' } } }),
    );
    const answer = await get('/messages.json');
    expect(await answer.json()).toEqual({
      messages: [
        {
          id: 2,
          phone: 'Android phone-to',
          platform: 'fcm',
          kind: 'message',
          title: 'Iago',
          body: 'hi',
          at: '2026-03-01T12:00:00.000Z',
        },
        {
          id: 1,
          phone: 'Iago’s iPhone',
          platform: 'apns',
          kind: 'message',
          title: '#a > b',
          body: 'Iago:\nhi',
          at: '2026-03-01T12:00:00.000Z',
        },
      ],
    });
  });

  it.each([
    [{ aps: { alert: 'old style' }, zulip: { message_ids: [1] } }, 'message', 'old style'],
    [{ aps: { badge: 0 }, zulip: { event: 'remove', zulip_message_ids: '1,2' } }, 'removal', 'messages 1, 2'],
    [{ aps: { alert: { title: 'Test notification', body: 'works' } }, zulip: { event: 'test' } }, 'test', 'works'],
    [{ aps: { alert: { title: 'New notification' } }, encrypted_data: 'AA==' }, 'encrypted', ''],
  ])('understands %j on an iPhone', (body, kind, words) => {
    apns.emit('delivery', received('c0ffee', body));
    expect(inbox.messages[0]).toMatchObject({ kind, body: expect.stringContaining(words) });
  });

  it.each([
    [{ event: 'remove', zulip_message_ids: '1,2' }, 'removal', 'messages 1, 2'],
    [{ event: 'test', realm_name: 'Chess club' }, 'test', 'Chess club'],
    [{ encrypted_data: 'AA==', push_key_id: '1' }, 'encrypted', 'New notification'],
  ])('understands %j on Android', (data, kind, words) => {
    fcm.emit('delivery', received('phone', { message: { data } }));
    expect(inbox.messages[0]).toMatchObject({ kind, body: expect.stringContaining(words) });
  });

  it('escapes everything on a page that allows no inline script', async () => {
    apns.emit('delivery', received('"><b>', { aps: { alert: { title: '<script>alert(1)</script>', body: '"&\'' } } }));
    const answer = await get('/');
    const html = await answer.text();
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('"><b>');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await get('/inbox.css')).headers.get('content-type')).toContain('text/css');
    expect((await get('/inbox.js')).headers.get('content-type')).toContain('text/javascript');
  });

  it('pushes new messages to an open page', async () => {
    const answer = await get('/events');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    apns.emit('delivery', received('c0ffee', { aps: { alert: 'now\nthen' } }));
    let text = '';
    while (reader && !text.includes('data: ')) text += (await reader.read()).value ?? '';
    expect(JSON.parse(text.slice(text.indexOf('data: ') + 6))).toMatchObject({
      body: 'now\nthen',
      phone: 'Iago’s iPhone',
    });
    await reader?.cancel();
  });

  it('knows no other path and takes no other method', async () => {
    expect((await get('/constructor')).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${inbox.port}/`, { method: 'POST' })).status).toBe(405);
  });
});
