import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailMessage } from '../../src/mail/mail-values.js';
import { type MailNode, mailWorld, until } from './mail-world.js';

let world: Awaited<ReturnType<typeof mailWorld>>;
beforeEach(async () => {
  world = await mailWorld();
});
afterEach(() => world.stop());

const link = (to: string | string[]): MailMessage<'log-in-link'> => ({
  kind: 'log-in-link',
  to,
  replyTo: 'answers@zulip.test',
  values: { name: 'chat.zulip.test', url: 'https://push.zulip.test/c/é', hours: 24, support: 'help@zulip.test' },
});

const waiting = async (node: MailNode) =>
  Number((await node.source.query('SELECT count(*) FROM mail_outbox'))[0].count);

describe('the mail outbox', () => {
  it('sends what was committed, in both parts, and keeps nothing of it', async () => {
    const node = await world.startNode();
    await node.source.transaction((tx) => node.outbox.enqueue(tx, link('ann@zulip.test')));
    await until(() => world.smtp.mails.length === 1);
    expect(world.smtp.mails[0]).toMatchObject({
      from: 'noreply@push.zulip.test',
      to: ['ann@zulip.test'],
      replyTo: 'answers@zulip.test',
      subject: 'Log in to manage the plan of chat.zulip.test',
      text: expect.stringContaining('https://push.zulip.test/c/é'),
      html: expect.stringContaining('href="https://push.zulip.test/c/é"'),
      messageId: expect.stringMatching(/^<\d+\.\d+@push\.zulip\.test>$/),
    });
    await until(async () => (await waiting(node)) === 0);
  });

  it('sends nothing of a transaction that is rolled back', async () => {
    const node = await world.startNode();
    const failed = node.source.transaction(async (tx) => {
      await node.outbox.enqueue(tx, link('ann@zulip.test'));
      throw new Error('on purpose');
    });
    await expect(failed).rejects.toThrow('on purpose');
    await node.source.transaction((tx) => node.outbox.enqueue(tx, link('ben@zulip.test')));
    await until(async () => world.smtp.mails.length > 0 && (await waiting(node)) === 0);
    expect(world.smtp.mails.map(({ to }) => to)).toEqual([['ben@zulip.test']]);
  });

  it('sends one mail to each of several people', async () => {
    const node = await world.startNode();
    const to = ['ann@zulip.test', 'ben@zulip.test', 'ann@zulip.test'];
    await node.source.transaction((tx) => node.outbox.enqueue(tx, link(to)));
    await until(async () => (await waiting(node)) === 0);
    expect(world.smtp.mails.map((mail) => mail.to).sort()).toEqual([['ann@zulip.test'], ['ben@zulip.test']]);
  });

  it('sends each mail once, however many nodes look for it', async () => {
    const nodes = await Promise.all([world.startNode(), world.startNode(), world.startNode()]);
    const to = Array.from({ length: 60 }, (_, n) => `user${n}@zulip.test`);
    await nodes[0]!.source.transaction((tx) => nodes[0]!.outbox.enqueue(tx, link(to)));
    await until(async () => (await waiting(nodes[0]!)) === 0);
    expect(world.smtp.mails.flatMap((mail) => mail.to).sort()).toEqual(to.sort());
  });

  it('tries again, later and later, and never logs an address', async () => {
    world.smtp.refuseNext({ status: 451, at: 'data' }, { status: 450, at: 'recipient' });
    const node = await world.startNode();
    await node.source.transaction((tx) => node.outbox.enqueue(tx, link('ann@zulip.test')));
    const problem = async () => (await node.source.query('SELECT problem, attempts FROM mail_outbox'))[0];
    await until(async () => (await problem())?.problem !== null);
    expect(await problem()).toMatchObject({ problem: 'EMESSAGE 451', attempts: 1 });
    world.clock.advance(11);
    await until(async () => (await problem())?.problem === 'EENVELOPE 450');
    expect((await problem())?.attempts).toBe(2);
    expect(world.smtp.mails).toEqual([]);
    world.clock.advance(31);
    await until(() => world.smtp.mails.length === 1);
    expect(world.logged.join('\n')).toContain('could not be sent yet');
    expect(world.logged.join('\n')).not.toContain('ann@');
  });

  it('gives up at once what is refused for good, lists it, and tries it again on request', async () => {
    world.smtp.refuseNext({ status: 550, at: 'recipient' });
    const node = await world.startNode();
    await node.source.transaction((tx) => node.outbox.enqueue(tx, link('ann@zulip.test')));
    await until(async () => (await node.outbox.givenUp()).length === 1);
    const [mail] = await node.outbox.givenUp();
    expect(mail).toMatchObject({
      kind: 'log-in-link',
      recipient: 'ann@zulip.test',
      attempts: 1,
      problem: 'EENVELOPE 550',
    });
    expect(await node.outbox.tryAgain(mail!.id)).toBe(true);
    await until(() => world.smtp.mails.length === 1);
    expect(await node.outbox.tryAgain(mail!.id)).toBe(false);
  });

  it('gives up after a day', async () => {
    world.smtp.refuseNext(...Array.from({ length: 50 }, () => ({ status: 451, at: 'data' }) as const));
    const node = await world.startNode();
    await node.source.transaction((tx) => node.outbox.enqueue(tx, link('ann@zulip.test')));
    await until(async () => (await node.source.query('SELECT problem FROM mail_outbox'))[0]?.problem !== null);
    world.clock.advance(23 * 3600);
    await until(async () => (await node.source.query('SELECT attempts FROM mail_outbox'))[0]?.attempts === 2);
    expect(await node.outbox.givenUp()).toEqual([]);
    world.clock.advance(24 * 3600);
    await until(async () => (await node.outbox.givenUp()).length === 1);
    const [mail] = await node.outbox.givenUp();
    expect(mail).toMatchObject({ problem: 'EMESSAGE 451' });
    expect(mail?.attempts).toBeGreaterThan(1);
  });

  it('sends what a node left behind that died while sending', async () => {
    const node = await world.startNode();
    const claimedElsewhere = `INSERT INTO mail_outbox (kind, recipient, subject, text_body, html_body, created_at, attempts, next_attempt_at)
      VALUES ('log-in-link', 'ann@zulip.test', 'S', 'T', '<p>H</p>', $1, 1, $2)`;
    const now = world.clock.now();
    await node.source.query(claimedElsewhere, [now, new Date(now.getTime() + 300_000)]);
    world.clock.advance(301);
    await until(() => world.smtp.mails.length === 1);
    await until(async () => (await waiting(node)) === 0);
  });

  it('writes mail into files where no mail server is set, and logs their path only', async () => {
    const node = await world.startNode({});
    await node.source.transaction((tx) => node.outbox.enqueue(tx, link('ann@zulip.test')));
    const folder = join(world.files, 'mail');
    await until(async () => (await waiting(node)) === 0);
    const [file = ''] = await readdir(folder);
    expect(file).toMatch(/-log-in-link-\d+\.eml$/);
    const text = await readFile(join(folder, file), 'utf8');
    expect(text).toMatch(/^To: ann@zulip\.test\r$/m);
    expect(text).toMatch(/^Subject: Log in to manage the plan of chat\.zulip\.test\r$/m);
    expect(world.logged.join('\n')).toContain(join(folder, file));
    expect(world.logged.join('\n')).not.toContain('ann@');
  });
});
