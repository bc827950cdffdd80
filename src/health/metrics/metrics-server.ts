import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { safeDescription } from '../../protocol/error-description.js';

/**
 * Answers `GET /metrics` in Prometheus' text format, and nothing else, on a port of its own: what it tells is for those who run the
 * service, who can keep the port to themselves.
 */
export class MetricsServer {
  private readonly logger = new Logger('Metrics');
  private readonly server: Server;

  /** @param render what to answer */
  constructor(private readonly render: () => Promise<string>) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** @throws Error where the address is taken or not ours */
  async listen(port: number, host: string): Promise<void> {
    this.server.listen(port, host);
    await once(this.server, 'listening');
    this.logger.log(`metrics are at ${this.url}`);
  }

  get url(): string {
    const { address, family, port } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`;
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' || url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    try {
      const text = await this.render();
      response.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' });
      response.end(text);
    } catch (error) {
      this.logger.error('metrics could not be gathered', { error: safeDescription(error) });
      response.writeHead(500).end();
    }
  }
}
