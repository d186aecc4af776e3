import type { Parse } from '../../system/foreign.ts';
import { unpackPack, type PackTask, type Unpacked } from './weights-pack.ts';

/** Unpacks a weight pack in a parser process. */
export const parse: Parse<PackTask, Unpacked[]> = unpackPack;
