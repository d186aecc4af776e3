import { frameInName, type ImageRecord } from '../../src-main/contract/records.ts';
import { t } from './messages.ts';
import { lastName } from './paths.ts';

type Named = Pick<ImageRecord, 'file' | 'frame'>;

/** The path of an image's file, relative to its dataset's folder. */
export const fileOf = ({ file, frame }: Named): string =>
  frame !== null && file.endsWith(`#${frame}`) ? file.slice(0, -frame.length - 1) : file;

/** Which picture of its file it is, in words: `axial slice 45`, `frame 3`; null if it is the only one. */
export function frameName({ frame }: Pick<ImageRecord, 'frame'>): string | null {
  if (frame === null) return null;
  const [plane, place] = frame.split(':');
  if (place === undefined) return t('common.image.frame', { number: frame });
  return plane === 'axial' || plane === 'coronal' || plane === 'sagittal'
    ? t(`common.image.${plane}`, { number: place })
    : frame;
}

/** Display name of an image: its file's name, and which slice or frame of it. @param whole includes the folders. */
export function imageName(image: Named, whole = false): string {
  const file = whole ? fileOf(image) : lastName(fileOf(image));
  const frame = frameName(image);
  return frame === null ? file : `${file} · ${frame}`;
}

/** Like `imageName`, for `Prediction.file`. */
export const scanName = (file: string): string =>
  imageName({ file, frame: frameInName.exec(file)?.[1] ?? null });
