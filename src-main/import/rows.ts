import type { FoundFile } from './layout.ts';
import type { Journal } from './journal.ts';
import type { Reading } from './reading.ts';
import type { FileRows } from './store.ts';

/** What a file adds to the dataset: its pictures with the class and the part it was found in, or a place in quarantine. */
export function rowsOfFile(
  { file, className, givenPart, patient = null }: FoundFile,
  { stamp, pictures, reason, facts }: Reading,
): FileRows {
  if (reason !== null)
    return {
      file,
      stamp,
      images: [],
      quarantined: { file, reason, ...(facts && { facts }), className, givenPart, patient },
    };
  const images = pictures.map((picture) => ({
    ...picture,
    className,
    givenPart,
    patient: patient ?? picture.patient,
  }));
  return { file, stamp, images, quarantined: null };
}

/** The same of all files, as the journal has them: a line each, in their order. */
export async function* rowsOf(files: readonly FoundFile[], journal: Journal): AsyncGenerator<FileRows> {
  let next = 0;
  for await (const reading of journal.readings()) {
    const found = files[next];
    if (found?.file !== reading.file)
      throw new Error(
        `Expected line ${next + 1} of the journal to be of ${found?.file} but received ${reading.file}`,
      );
    yield rowsOfFile(found, reading);
    next += 1;
  }
  if (next !== files.length)
    throw new Error(`Expected ${files.length} lines in the journal but received ${next}`);
}
