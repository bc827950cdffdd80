import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppError } from '../common/errors.js';
import { type GateLimits, UploadGate } from './upload.gate.js';

const LIMITS: GateLimits = { inHand: 2, waiting: 4, waitingPerServer: 2, waitMillis: 60_000 };

/** A gate with works that go on until they are ended, and what has begun so far. */
function aGate(limits: Partial<GateLimits> = {}) {
  const gate = new UploadGate({ ...LIMITS, ...limits });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const pass = (name: string, server: string) =>
    gate.pass(server, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await setImmediate();
  };
  return { pass, begun, end };
}

const refusal = (error: unknown) =>
  error instanceof AppError ? [error.errorName, error.headers['Retry-After']] : error;

describe('the gate of uploads', () => {
  it('lets so many in at once, the others in their order', async () => {
    const { pass, begun, end } = aGate();
    const results = Promise.all([pass('a', '1'), pass('b', '2'), pass('c', '3'), pass('d', '4')]);
    await setImmediate();
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c', 'd']) await end(name);
    expect(await results).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets one of each server in at a time, and others past it', async () => {
    const { pass, begun, end } = aGate();
    const results = Promise.all([pass('a', '1'), pass('b', '1'), pass('c', '2')]);
    await setImmediate();
    expect(begun).toEqual(['a', 'c']);
    await end('a');
    expect(begun).toEqual(['a', 'c', 'b']);
    for (const name of ['b', 'c']) await end(name);
    await results;
  });

  it('goes on after a failure', async () => {
    const { pass, end } = aGate();
    const gate = new UploadGate({ ...LIMITS, inHand: 1 });
    await expect(gate.pass('1', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    await expect(gate.pass('1', () => Promise.resolve(5))).resolves.toBe(5);
    const one = pass('a', '1');
    await setImmediate();
    await end('a');
    await one;
  });

  it('turns away whom it could not serve soon', async () => {
    const { pass, end } = aGate();
    const inside = [pass('a', '1'), pass('b', '2')];
    const waiting = [pass('c', '1'), pass('d', '1')];
    expect(await pass('e', '1').catch(refusal)).toEqual(['http.unavailable', '30']);
    waiting.push(pass('f', '3'), pass('g', '4'));
    expect(await pass('h', '5').catch(refusal)).toEqual(['http.unavailable', '30']);
    for (const name of ['a', 'b', 'c', 'd', 'f', 'g']) {
      await setImmediate();
      await end(name);
    }
    expect(await Promise.all([...inside, ...waiting])).toEqual(['a', 'b', 'c', 'd', 'f', 'g']);
  });

  it('turns away whoever has waited too long, and forgets it', async () => {
    const { pass, begun, end } = aGate({ inHand: 1, waitMillis: 20 });
    const inside = pass('a', '1');
    expect(await pass('b', '2').catch(refusal)).toEqual(['http.unavailable', '30']);
    await end('a');
    await inside;
    expect(begun).toEqual(['a']);
  });
});
