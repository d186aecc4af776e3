import { stat } from 'node:fs';
import { promisify } from 'node:util';

/** Of `node:fs`, which takes half the time that `node:fs/promises` takes: it is asked for every file. */
const statOf = promisify(stat);

/** A file as it is now, told from what it was before without reading it. */
export interface Stamp {
  /** Size, and the times when its content and its record in the file system were last changed, nanoseconds. */
  text: string;
  isFile: boolean;
  bytes: number;
  /** Whether it was changed so lately that another change may leave no other time behind. */
  young: boolean;
}

/** File systems keep times as coarse as 2 s (FAT). */
const COARSE = 2000;

/** Null when the file is not there or may not be looked at. Links are followed. */
export async function stampOf(file: string): Promise<Stamp | null> {
  const status = await statOf(file, { bigint: true }).catch(() => null);
  if (!status) return null;
  const { size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = status;
  return {
    text: `${size}-${mtimeNs}-${ctimeNs}`,
    isFile: status.isFile(),
    bytes: Number(size),
    young: Date.now() - Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs) < COARSE,
  };
}
