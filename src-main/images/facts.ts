import type { ImageRecord } from '../contract/records.ts';

/** A picture's header values, from an allow-list that identifies no one. */
export type Facts = NonNullable<ImageRecord['facts']>;
