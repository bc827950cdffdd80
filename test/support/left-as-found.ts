import { afterAll, beforeAll, expect, vi } from 'vitest';

/**
 * The test files of a worker run in one process, one after the other, on the same modules. So none may leave behind what another would
 * find; a file that does fails itself.
 */
let found: unknown;

const surroundings = () => ({
  directory: process.cwd(),
  environment: { ...process.env },
  fakeTimers: vi.isFakeTimers(),
});

beforeAll(() => {
  found = surroundings();
});

afterAll(() => {
  expect(surroundings(), 'a test file leaves the process as it found it').toEqual(found);
});
