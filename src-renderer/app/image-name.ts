import { frameInName, type ImageRecord } from '../../src-main/contract/records.ts';
import { t } from './messages.ts';
import { lastName } from './paths.ts';

type Named = Pick<ImageRecord, 'file' | 'frame'>;

/** The path of the file a picture is in, below its dataset's folder. */
export const fileOf = ({ file, frame }: Named): string =>
  frame !== null && file.endsWith(`#${frame}`) ? file.slice(0, -frame.length - 1) : file;

/** Which picture of its file it is, in words: `axial slice 45`, `frame 3`; null for the only one. */
export function frameName({ frame }: Pick<ImageRecord, 'frame'>): string | null {
  if (frame === null) return null;
  const [plane, place] = frame.split(':');
  if (place === undefined) return t('common.image.frame', { number: frame });
  return plane === 'axial' || plane === 'coronal' || plane === 'sagittal'
    ? t(`common.image.${plane}`, { number: place })
    : frame;
}

/** A picture's name for people: its file's, and which slice or frame of it. `whole`: with the folders above it. */
export function imageName(image: Named, whole = false): string {
  const file = whole ? fileOf(image) : lastName(fileOf(image));
  const frame = frameName(image);
  return frame === null ? file : `${file} · ${frame}`;
}

/** As `imageName`, of what `Prediction.file` says. */
export const scanName = (file: string): string =>
  imageName({ file, frame: frameInName.exec(file)?.[1] ?? null });
