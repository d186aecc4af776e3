import path from 'node:path';
import { FalxError, messageOfWorded } from '../../../contract/errors.ts';
import { message, type ParametersOf } from '../../../contract/messages/catalogue.ts';
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
import type { Speech } from '../output.ts';
import { bytes, duration, padded } from '../text.ts';

export type GpuOptions = { from?: string; verify?: true };

/** Exit code 1 if the installation is damaged. */
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
  if (before.against) output.note(`falx: ${output.words(messageOfWorded(before.against))}`);
  let part = '';
  const result = await addGpuSupport({
    from: from === undefined ? undefined : path.resolve(from),
    tryOut,
    onPart: ({ file, url, bytes: size }) => {
      part = file;
      output.note(output.say('gpuPart', { file, size: bytes(size), from: from ?? url ?? '' }));
    },
    onProgress: (done, total) => {
      const seconds = (performance.now() - began) / 1000;
      const left = done > 0 && seconds > 2 ? duration((seconds / done) * (total - done)) : 'none';
      const percent = String(Math.floor((100 * done) / total));
      output.progress.show(output.say('gpuProgress', { percent, left, part }));
    },
  });
  const seconds = (performance.now() - began) / 1000;
  output.answer({ ...result, seconds }, () =>
    [
      result.already
        ? output.say('gpuThere', { folder: result.folder, size: bytes(result.bytes) })
        : output.say('gpuAdded', {
            folder: result.folder,
            size: bytes(result.bytes),
            time: duration(seconds),
          }),
      result.tried.usesGpu
        ? output.say('gpuInUse', { version: result.tried.version })
        : output.say('gpuNotInUse', {
            version: result.tried.version,
            reason: output.words(
              result.tried.reason
                ? messageOfWorded({ message: result.tried.reason.reason, facts: result.tried.reason.facts })
                : message('gpuUnsaid', {}),
            ),
          }),
    ].join('\n'),
  );
  return 0;
}

async function status({ output }: Context, verify: boolean): Promise<number> {
  await sweep(places(), gpuPack());
  const verified = verify
    ? await verifyGpuSupport({
        onProgress: (done, total) =>
          output.progress.show(output.say('gpuProgressRead', { done: bytes(done), of: bytes(total) })),
      })
    : null;
  const support = await gpuSupport();
  output.answer({ ...support, verified }, () => lines(support, output).join('\n'));
  if (verified && verified.damaged.length === 0)
    output.note(output.say('gpuIntact', { files: verified.files, size: bytes(verified.bytes) }));
  if (verified && verified.damaged.length > 0)
    output.note(
      `falx: ${output.say('gpuDamaged', { files: verified.damaged.join(', '), count: verified.damaged.length })}`,
    );
  if (support.problem) output.note(`falx: ${output.words(messageOfWorded(support.problem))}`);
  return support.problem || (verified?.damaged.length ?? 0) > 0 ? 1 : 0;
}

function lines(support: GpuSupport, { say, words }: Speech): string[] {
  const { begun, parts } = support;
  const line = (name: string, text: string) => `${padded(name, 14)}${text}`;
  const row = (of: ParametersOf<'gpuRow'>['of'], text: string) => line(say('gpuRow', { of }), text);
  const none = support.gpus.length === 0 ? [say('gpuNoneHere', {})] : support.gpus;
  return [
    row('support', say('gpuState', { state: support.state })),
    ...none.map((name) => line('GPU', name)),
    ...(support.driver ? [row('driver', support.driver)] : []),
    ...(support.against ? [line('', words(messageOfWorded(support.against)))] : []),
    ...(support.folder ? [row('folder', `${support.folder} (${bytes(support.onDisk ?? 0)})`)] : []),
    ...(support.added ? [row('added', support.added)] : []),
    ...(begun
      ? [
          row(
            'begun',
            say('gpuBegun', {
              parts: String(begun.parts),
              of: String(parts.length),
              fetched: bytes(begun.fetched),
              bytes: bytes(support.bytes),
              disk: bytes(begun.onDisk),
            }),
          ),
        ]
      : []),
    ...(support.state === 'absent'
      ? [
          row(
            'toAdd',
            say('gpuToAdd', { download: bytes(support.bytes), disk: bytes(support.unpackedBytes) }),
          ),
          ...parts.map(({ file, url }) => line('', url ?? file)),
        ]
      : []),
  ];
}

async function remove({ output }: Context): Promise<number> {
  const removed = await removeGpuSupport();
  output.answer(removed, () => output.say('gpuRemoved', { size: bytes(removed.bytes) }));
  return 0;
}
