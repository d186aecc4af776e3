import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { FalxError } from '../../contract/errors.ts';
import type { Run } from '../../contract/records.ts';
import type { Core } from '../../core/core.ts';
import { refusal } from '../../core/error-response.ts';
import { servedPredictions } from '../../core/served-predictions.ts';
import { same } from './access.ts';
import { type ListenerLimits, openListener } from './http-listener.ts';
import { plainPath } from './http-requests.ts';

export type PredictServerOptions = ListenerLimits & {
  core: Core;
  /** Runs that predict, the first one first. */
  runs: readonly [Run, ...Run[]];
  errorRate?: number | undefined;
  /** Required in each request. */
  token: string;
  /** Address of this machine to listen on; the loopback address by default. */
  address?: string | undefined;
  /** 0: any free port. */
  port?: number | undefined;
};

export type PredictServer = {
  readonly port: number;
  readonly address: string;
  close(): Promise<void>;
};

/**
 * Predicts scans that programs send by HTTP, each with the token.
 * @throws FalxError `bad-usage` if the port or address is taken or missing; `bad-run` if a run has no model.
 */
export async function openPredictServer({
  core,
  runs,
  errorRate,
  token,
  address = '127.0.0.1',
  port = 0,
  ...limits
}: PredictServerOptions): Promise<PredictServer> {
  const answer = servedPredictions({ core, runs, errorRate });
  const log = (error: unknown, what: string) => core.log.error({ err: error }, what);
  const door = await openListener({ ...limits, address, port, log }, (actual) => ({
    headers: { 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'" },
    refusal: (request) => refusalFor(request, { token, address, port: actual }),
    answer,
  }));
  return { port: door.port, address: `http://${inAddress(address)}:${door.port}`, close: door.close };
}

type Asking = { token: string; address: string; port: number };

/** The connection is closed: what is still being sent is not read. */
function refusalFor(
  { headers, url = '/' }: IncomingMessage,
  { token, address, port }: Asking,
): Response | null {
  const ends = { connection: 'close' };
  if (isLoopback(address)) {
    // A foreign name that resolves here is DNS rebinding.
    const hosts = [address, 'localhost'].map((one) => `${inAddress(one)}:${port}`);
    if (!hosts.some((host) => (port === 80 ? `${headers.host}:80` : headers.host) === host))
      return refusal(new FalxError('servedHost', { host: `http://${hosts[0]}` }), 403, ends);
  }
  if (plainPath(url) === null) return refusal(new FalxError('servedAddress', {}), 400, ends);
  const [, given] = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.authorization ?? '') ?? [];
  if (given !== undefined && same(given, token)) return null;
  return refusal(new FalxError('servedNoToken', {}), 401, { ...ends, 'www-authenticate': 'Bearer' });
}

export const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));

const inAddress = (address: string) => (isIP(address) === 6 ? `[${address}]` : address);
