import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FalxError } from '../../../contract/errors.ts';
import { openCore } from '../../../core/core.ts';
import { systemReason } from '../../../system/system-reason.ts';
import { secret } from '../../browser/access.ts';
import { isLoopback, openPredictServer } from '../../browser/predict-server.ts';
import type { Context, ServeOptions } from '../main.ts';
import { resolveRuns } from '../resolve.ts';
import { endSignal } from '../end-signal.ts';

/** Predicts scans that programs send, until ended. */
export async function servePredict(
  { home, output }: Context,
  run: string,
  { port, with: others, errorRate, tokenFile, address }: ServeOptions,
): Promise<number> {
  const token = tokenFile === undefined ? secret() : tokenIn(path.resolve(tokenFile));
  const core = await openCore({ home, shell: 'browser' });
  try {
    const runs = resolveRuns(core.registry, run, others);
    const server = await openPredictServer({ core, runs, errorRate, token, address, port });
    // Before the address is printed: its reader may send a signal at once.
    const end = endSignal();
    const named = runs.map(({ id, network }) => ({ id, network }));
    const openApi = `${server.address}/openapi.json`;
    output.answer({ address: server.address, port: server.port, token, openApi, home, runs: named }, () =>
      [
        output.say('servePredictAt', { address: server.address, runs: runs.map(({ id }) => id).join(', ') }),
        output.say('servePredictHow', { address: server.address, token }),
        output.say('servePredictDocument', { address: openApi }),
      ].join('\n'),
    );
    if (address !== undefined && !isLoopback(address))
      output.note(`falx: ${output.say('servePredictOpen', {})}`);
    output.note(`falx: ${output.say('researchUse', {})}`);
    // Loaded before the first scan arrives.
    core.predictors.prepare(runs, await core.devices.forPrediction((one) => core.training.isTraining(one)));
    await end;
    await server.close();
    return 0;
  } finally {
    await core.close();
  }
}

/** The token in a file; a missing file is created, readable only by its owner. */
function tokenIn(file: string): string {
  try {
    if (!existsSync(file)) writeFileSync(file, `${secret()}\n`, { mode: 0o600, flag: 'wx' });
    const token = readFileSync(file, 'utf8').trim();
    if (/^[\x21-\x7e]{16,}$/.test(token)) return token;
  } catch (cause) {
    throw new FalxError('tokenFileNotRead', { file, reason: systemReason(cause) }, { cause });
  }
  throw new FalxError('tokenTooShort', { file });
}
