import type { ImageRecord } from '../contract/records.ts';

/** What a header says of a picture, of an allow-list that names no one. */
export type Facts = NonNullable<ImageRecord['facts']>;
