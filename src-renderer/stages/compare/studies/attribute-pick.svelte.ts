import type { AttributeChoice } from '../../../../src-main/contract/studies.ts';

/** Stand for a column of a table, and for nothing; no attribute is called so. */
export const [TABLE, NOTHING] = ['', '–'] as const;

/** What scans are told apart by, as a person picks it. */
export class AttributePick {
  by = $state<string>();
  csv = $state<string>();
  column = $state('');

  constructor(by?: string) {
    this.by = by;
  }

  get isNothing(): boolean {
    return this.by === NOTHING;
  }

  /** Null where something is still to be picked, or nothing is. */
  get choice(): AttributeChoice | null {
    const { by, csv, column } = this;
    if (by === undefined || by === NOTHING) return null;
    if (by !== TABLE) return { by };
    return csv !== undefined && column.trim() !== '' ? { by: column.trim(), csv } : null;
  }
}
