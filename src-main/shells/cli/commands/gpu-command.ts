import path from 'node:path';
import { FalxError } from '../../../contract/errors.ts';
import type { GpuSupport } from '../../../contract/gpu.ts';
import { addGpuSupport } from '../../../gpu-pack/install.ts';
import { gpuPack } from '../../../gpu-pack/gpu-pack.ts';
import { places } from '../../../gpu-pack/pack-places.ts';
import { removeGpuSupport } from '../../../gpu-pack/remove.ts';
import { sweep } from '../../../gpu-pack/staging.ts';
import { gpuSupport, verifyGpuSupport } from '../../../gpu-pack/status.ts';
import { tryOut } from '../../../gpu-pack/try-out.ts';
import { formsOf } from '../actions.ts';
import type { Context } from '../main.ts';
import { bytes, counted, duration } from '../text.ts';

export type GpuOptions = { from?: string; verify?: true };

/** Exit code 1 when what was added is damaged. */
export async function gpu(context: Context, action = 'status', options: GpuOptions = {}): Promise<number> {
  const { from, verify } = options;
  const typed = ['falx gpu', action, from && `--from ${from}`, verify && '--verify']
    .filter(Boolean)
    .join(' ');
  if (action === 'install' && !verify) return install(context, from);
  if (action === 'status' && from === undefined) return status(context, verify === true);
  if (action === 'remove' && from === undefined && !verify) return remove(context);
  throw new FalxError('notUnderstood', {
    typed,
    forms: formsOf('gpu'),
  });
}

async function install({ output }: Context, from: string | undefined): Promise<number> {
  const began = performance.now();
  const before = await gpuSupport();
  if (before.against) output.note(`falx: ${before.against.message}`);
  let part = '';
  const result = await addGpuSupport({
    from: from === undefined ? undefined : path.resolve(from),
    tryOut,
    onPart: ({ file, url, bytes: size }) => {
      part = file;
      output.note(
        from === undefined ? `${file} (${bytes(size)}) from ${url}` : `${file} (${bytes(size)}) from ${from}`,
      );
    },
    onProgress: (done, total) => {
      const seconds = (performance.now() - began) / 1000;
      const left = done > 0 && seconds > 2 ? `, ${duration((seconds / done) * (total - done))} left` : '';
      output.progress.show(`${Math.floor((100 * done) / total)} %${left}  ${part}`);
    },
  });
  const seconds = (performance.now() - began) / 1000;
  output.answer({ ...result, seconds }, () =>
    [
      result.already
        ? `GPU support was there already, whole: ${result.folder} (${bytes(result.bytes)}).`
        : `GPU support is added: ${result.folder} (${bytes(result.bytes)}, in ${duration(seconds)}).`,
      result.tried.usesGpu
        ? `TensorFlow ${result.tried.version} uses the GPU, from the next training or prediction on.`
        : `TensorFlow ${result.tried.version} loads. It uses no GPU: ${result.tried.reason?.reason ?? 'it did not say why.'}`,
    ].join('\n'),
  );
  return 0;
}

async function status({ output }: Context, verify: boolean): Promise<number> {
  await sweep(places(), gpuPack());
  const verified = verify
    ? await verifyGpuSupport({
        onProgress: (done, total) => output.progress.show(`${bytes(done)} of ${bytes(total)} read`),
      })
    : null;
  const support = await gpuSupport();
  output.answer({ ...support, verified }, () => lines(support).join('\n'));
  if (verified && verified.damaged.length === 0)
    output.note(
      `All ${counted(verified.files, 'file')} (${bytes(verified.bytes)}) are intact, byte for byte.`,
    );
  if (verified && verified.damaged.length > 0)
    output.note(
      `falx: ${verified.damaged.join(', ')} ${verified.damaged.length === 1 ? 'is' : 'are'} damaged. Run "falx gpu remove" and "falx gpu install".`,
    );
  if (support.problem) output.note(`falx: ${support.problem.message}`);
  return support.problem || (verified?.damaged.length ?? 0) > 0 ? 1 : 0;
}

const states: Record<GpuSupport['state'], string> = {
  unsupported: 'none for this system',
  builtIn: 'Falx was set up with it',
  absent: 'not added',
  added: 'added',
  damaged: 'damaged, not used',
  outdated: 'of another TensorFlow, not used',
  unusable: 'not used',
};

function lines(support: GpuSupport): string[] {
  const { begun, parts } = support;
  const line = (name: string, text: string) => `${name.padEnd(14)}${text}`;
  const none = support.gpus.length === 0 ? ['none'] : support.gpus;
  return [
    line('GPU support', states[support.state]),
    ...none.map((name) => line('GPU', name)),
    ...(support.driver ? [line('Driver', support.driver)] : []),
    ...(support.against ? [line('', support.against.message)] : []),
    ...(support.folder ? [line('Folder', `${support.folder} (${bytes(support.onDisk ?? 0)})`)] : []),
    ...(support.added ? [line('Added', support.added)] : []),
    ...(begun
      ? [
          line(
            'Begun',
            `${begun.parts} of ${parts.length} parts, ${bytes(begun.fetched)} of ${bytes(support.bytes)} fetched ` +
              `(${bytes(begun.onDisk)} on the disk): "falx gpu install" goes on, "falx gpu remove" throws it away`,
          ),
        ]
      : []),
    ...(support.state === 'absent'
      ? [
          line(
            'To add it',
            `falx gpu install: ${bytes(support.bytes)} to download, ${bytes(support.unpackedBytes)} on disk; or, without a ` +
              'network, falx gpu install --from FOLDER with its files:',
          ),
          ...parts.map(({ file, url }) => line('', url ?? file)),
        ]
      : []),
  ];
}

async function remove({ output }: Context): Promise<number> {
  const removed = await removeGpuSupport();
  output.answer(removed, () => `GPU support is removed; ${bytes(removed.bytes)} are free again.`);
  return 0;
}
