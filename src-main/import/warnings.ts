import type { Layout } from './folder-layout.ts';
import type { Tally } from './tally.ts';

/** What an import has to say, as full sentences. @param quarantined files that could not be read. */
export function warningsOf(layout: Pick<Layout, 'warnings'>, tally: Tally, quarantined: number): string[] {
  return [
    ...layout.warnings,
    ...emptyClasses(tally.classes, quarantined),
    ...contradictions(tally),
    ...burnedIn(tally.burnedIn, 'have annotations in the pixels, as the DICOM header says'),
    ...burnedIn(tally.perhapsBurnedIn, 'may have annotations in the pixels: the DICOM header does not say'),
    ...named(tally.named),
  ];
}

function emptyClasses(classes: Record<string, number>, quarantined: number): string[] {
  return Object.entries(classes)
    .filter(([, count]) => count === 0)
    .map(
      ([name]) =>
        `"${name}" has no image that can be read (${quarantined} ${quarantined === 1 ? 'file is' : 'files are'} in quarantine). ` +
        'The dataset cannot be split before both classes have images.',
    );
}

/** The same picture under both labels: one of them must be wrong. */
function contradictions({ contradictions: count, example }: Tally): string[] {
  if (!example) return [];
  return [
    `${count} ${count === 1 ? 'file is' : 'files are'} in both classes, byte for byte (such as ` +
      `"${example[0]}" and "${example[1]}"): one label of each must be wrong.`,
  ];
}

/** Names and dates may be part of the pixels, and side marks may tell the classes apart. */
function burnedIn({ count, first }: Tally['burnedIn'], what: string): string[] {
  if (count === 0) return [];
  const pictures = count === 1 ? `1 picture ${what.replace(/^have/, 'has')}` : `${count} pictures ${what}`;
  return [`${pictures} (such as "${first}"). Look whether they name the patient or give the class away.`];
}

/** No example: it would say the name. */
function named(count: number): string[] {
  if (count === 0) return [];
  return [
    `${count === 1 ? '1 picture lies' : `${count} pictures lie`} in a file or folder that is called by the patient’s name or ` +
      'PatientID. Falx keeps and shows names of files as they are: rename them, and import again, before you show or share them.',
  ];
}
