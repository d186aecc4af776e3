import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FalxError } from '../../src-main/contract/errors.ts';
import { addGpuSupport } from '../../src-main/gpu-pack/install.ts';
import { gpuPack } from '../../src-main/gpu-pack/gpu-pack.ts';
import { removeGpuSupport } from '../../src-main/gpu-pack/remove.ts';
import { mostRoom } from '../../src-main/gpu-pack/pack-room.ts';
import { gpuSupport, verifyGpuSupport } from '../../src-main/gpu-pack/status.ts';
import { tryOut } from '../../src-main/gpu-pack/try-out.ts';

/**
 * `npm run verify:gpu-pack -- FOLDER`: adds GPU support from a folder of the real files into a temporary folder, reads all of
 * it, checks that a flipped byte is found, and removes it; prints times and sizes. Takes minutes, and temporarily 6 GB in
 * TMPDIR.
 */
const from = process.argv[2];
if (from === undefined) {
  console.error('verify:gpu-pack: name the folder that holds the files: npm run verify:gpu-pack -- FOLDER');
  process.exit(2);
}
const runtimes = mkdtempSync(path.join(tmpdir(), 'falx-gpu-pack-'));
process.env['FALX_RUNTIMES'] = runtimes;
const figures: Record<string, unknown> = {};
const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (ms: number) => Number((ms / 1000).toFixed(1));
  figures[name] = {
    seconds: seconds(performance.now() - began),
    processorSeconds: seconds((user + system) / 1000),
  };
  console.error(name, figures[name]);
  return result;
};
try {
  const added = await timed('add', () => addGpuSupport({ from: path.resolve(from), tryOut }));
  figures['bytes'] = added.bytes;
  figures['mostOnDisk'] = mostRoom(gpuPack()!.parts);
  figures['tried'] = added.tried;
  await timed('status', () => gpuSupport());
  const verified = await timed('verify', () => verifyGpuSupport());
  figures['files'] = verified.files;
  if (verified.damaged.length > 0) throw new Error(`damaged: ${verified.damaged.join(', ')}`);
  writeFileSync(path.join(added.folder, 'tensorflow', 'THIRD_PARTY_NOTICES.txt'), 'overwritten');
  const { state } = await gpuSupport();
  if (state !== 'damaged') throw new Error(`a damaged file left it ${state}`);
  figures['removed'] = (await timed('remove', () => removeGpuSupport())).bytes;
  console.log(JSON.stringify(figures, null, 2));
} catch (error) {
  if (!(error instanceof FalxError)) throw error;
  console.error(`verify:gpu-pack: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(runtimes, { recursive: true, force: true });
}
