import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** The wished TCP port of 127.0.0.1 if it is free, else one that is. 0: any. */
export async function freePort(wished: number): Promise<number> {
  try {
    return await probe(wished);
  } catch {
    return await probe(0);
  }
}

async function probe(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const found = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return found;
}
