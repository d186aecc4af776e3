import type { VolumeFormat } from '../../contract/formats.ts';
import { niftiVersion, readHeader, type Header } from './header.ts';
import { isMgh, readMghHeader } from './mgh.ts';

/** For each kind of volume: whether one begins here, and its header; from the first `HEADER_BYTES`, unpacked. */
export const volumeReaders: Readonly<
  Record<VolumeFormat, { begins: (start: Uint8Array) => boolean; header: (start: Uint8Array) => Header }>
> = {
  nifti: { begins: (start) => niftiVersion(start) !== null, header: readHeader },
  mgh: { begins: isMgh, header: readMghHeader },
};

const readers = Object.values(volumeReaders);

/** Whether a volume begins here. */
export const beginsAsVolume = (start: Uint8Array): boolean => readers.some(({ begins }) => begins(start));

/** @throws Damage also if no volume begins here: in terms of NIfTI, which nearly all are. */
export const headerOf = (start: Uint8Array): Header =>
  (readers.find(({ begins }) => begins(start)) ?? volumeReaders.nifti).header(start);
