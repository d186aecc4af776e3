import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FalxError } from '../../contract/errors.ts';
import { sha256Of } from '../../system/hashes.ts';
import { isDicom, readDicom } from '../dicom/dicom.ts';
import { OpenFileCache } from '../open-file-cache.ts';
import { withFile } from '../read-file.ts';
import { placedFrame, stackKey, type Placed } from './dicom-slices.ts';
import { stackOf } from './dicom-volume.ts';

/** A DICOM file with one picture, as far as assembling series needs it. */
export interface SeriesFile {
  /** Absolute. */
  file: string;
  sha256: string;
  bytes: number;
  placed: Placed;
  contrast: string;
  instance: number;
}

/** The files of one series in one folder that form a stack. */
export interface Series {
  /** All of them, by name; the first represents the series. */
  files: SeriesFile[];
  /** One per position, from one end to the other: the first of several contrasts. */
  stack: SeriesFile[];
}

/** The series in the most recently read folders; little more than names. */
const indexes = new OpenFileCache<{ held: number; series: Map<string, Series> }>(2 ** 24);

/** The series that a file belongs to within its folder; null if it is in none, or its position is unknown. */
export async function seriesOf(file: string): Promise<Series | null> {
  const folder = path.dirname(file);
  const { ino, mtimeNs } = await stat(folder, { bigint: true });
  const { series } = await indexes.get([folder, ino, mtimeNs].join('|'), () => indexOf(folder));
  return series.get(file) ?? null;
}

async function indexOf(folder: string): Promise<{ held: number; series: Map<string, Series> }> {
  const groups = new Map<string, SeriesFile[]>();
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  for (const name of names) {
    const found = await look(path.join(folder, name));
    if (!found) continue;
    const { key, ...one } = found;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(one);
  }
  const series = new Map<string, Series>();
  for (const files of groups.values()) {
    const whole = { files, stack: stackOf(files, ({ instance }) => instance) };
    for (const { file } of files) series.set(file, whole);
  }
  return { held: 500 * series.size + 1, series };
}

/** Null if it is no DICOM file, or none with one picture of known position; import reports what is wrong with it. */
async function look(file: string): Promise<(SeriesFile & { key: string }) | null> {
  try {
    return await withFile(file, file, async (input) => {
      if (!isDicom(input)) return null;
      const dicom = readDicom(input, file, '');
      const placed = dicom.frames === 1 ? placedFrame(dicom, 1) : null;
      if (!placed || dicom.series === null) return null;
      return {
        file,
        sha256: sha256Of(input),
        bytes: input.length,
        placed,
        contrast: dicom.geometry(1).contrast,
        instance: dicom.instance ?? 0,
        key: `${dicom.series} ${stackKey(placed)}`,
      };
    });
  } catch (error) {
    if (error instanceof FalxError) return null;
    throw error;
  }
}
