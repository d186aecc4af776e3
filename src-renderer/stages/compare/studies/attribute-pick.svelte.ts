import type { AttributeChoice } from '../../../../src-main/contract/studies.ts';

/** Values that stand for a column of a table and for no attribute; no attribute has these names. */
export const [TABLE, NOTHING] = ['', '–'] as const;

/** The chosen attribute that scans are grouped by. */
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

  /** Null while the choice is incomplete, or where nothing is chosen. */
  get choice(): AttributeChoice | null {
    const { by, csv, column } = this;
    if (by === undefined || by === NOTHING) return null;
    if (by !== TABLE) return { by };
    return csv !== undefined && column.trim() !== '' ? { by: column.trim(), csv } : null;
  }
}
