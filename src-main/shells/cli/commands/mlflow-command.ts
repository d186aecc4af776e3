import { FalxError } from '../../../contract/errors.ts';
import { logToMlflow } from '../../../predict/mlflow.ts';
import type { Context } from '../main.ts';
import { resolveRun } from '../resolve.ts';
import { bytes } from '../text.ts';
import { withRegistry } from './with-registry.ts';

/** @param address of the tracking server. */
export async function mlflow(
  context: Context,
  typed: string,
  address: string,
  { experiment = 'Falx' }: { experiment?: string },
): Promise<void> {
  const { output } = context;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new FalxError('mlflowAddress', { typed: address });
  await withRegistry(context, async (registry) => {
    const run = resolveRun(registry, typed);
    const logged = await logToMlflow({
      registry,
      run,
      server: new URL(address),
      experiment,
      token: process.env['MLFLOW_TRACKING_TOKEN'],
      onProgress: (done, of) =>
        output.progress.show(output.say('progressExporting', { done: bytes(done), of: bytes(of) })),
    });
    output.answer({ run: { id: run.id, network: run.network }, experiment, ...logged }, () =>
      output.say('mlflowLogged', { run: run.id, page: logged.page }),
    );
  });
}
