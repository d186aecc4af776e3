import type { Parse } from '../../system/foreign.ts';
import { checkArchive, type Content } from './check-zip.ts';
import { isWhole, unpackAll, type ZipTask } from './unpack-zip.ts';

/** Checks and unpacks archives in a parser process; reports the number of entries unpacked. */
export const parse: Parse<ZipTask, Content | boolean | null> = async (task, reportProgress) => {
  const { file, archive } = task;
  if (task.kind === 'check') return checkArchive(file, archive, task.limits, reportProgress);
  if (task.kind === 'isWhole') return isWhole(file, archive, task.folder, reportProgress);
  await unpackAll(file, archive, task.folder, reportProgress);
  return null;
};
