import { note } from '../entry.ts';
import { counts, names, number, text } from '../parameters.ts';

const rows = { count: number, table: text };
/** @param line of the first such row in the table. */
const someRows = { ...rows, first: text, line: number };

/** Warnings of an import about a dataset. */
export const warnings = {
  warnLoose: note({ count: number }),
  warnNoFiles: note({ names }),
  warnUnsure: note({ name: text }),
  warnEmptyClass: note({ name: text, count: number }),
  warnBoth: note({ count: number, first: text, second: text }),
  warnUnlabelled: note({}),
  warnBurnedIn: note({ count: number, first: text }),
  warnPerhapsBurnedIn: note({ count: number, first: text }),
  warnNamed: note({ count: number }),
  warnRowsElsewhere: note({ ...rows, folder: text }),
  warnRowsGone: note(someRows),
  warnRowsSeveral: note(someRows),
  warnRowsNameless: note(rows),
  warnRowsTwice: note(rows),
  warnNoRow: note({ ...rows, first: text }),
  warnNoLabel: note(rows),
  warnOtherClasses: note({ classes: counts }),
  warnOtherLabels: note({ labels: counts }),
  warnNoPatient: note({ ...rows, total: number, first: text }),
  warnPatientsAlike: note({ table: text, first: number, second: number }),
} as const;
