/**
 * Compares Falx with nibabel on the volumes in a folder and its subfolders: each voxel of the nearest RAS array in
 * float64, the affine, the orientation. Lists what Falx refuses with nibabel's result.
 *
 *     npm run compare:nifti -- DIR
 *
 * Exits with 1 when a volume that both read differs.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { FalxError } from '../../../src-main/contract/errors.ts';
import { openScan } from '../../../src-main/images/open-scan.ts';
import { isVoxelFile } from '../../../src-main/images/nifti/open-volume.ts';
import { differences, readFirst, referencesOf, type Reference } from './nibabel.ts';
import { briefly } from '../../briefly.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Name a folder: npm run compare:nifti -- DIR');
  process.exit(2);
}
const files: string[] = [];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const file = path.resolve(entry.parentPath, entry.name);
  if (entry.isFile() && !(await isVoxelFile(file))) files.push(file);
}

const counts = {
  same: 0,
  different: 0,
  'refused by Falx alone': 0,
  'read by Falx alone': 0,
  'read by neither': 0,
};
for await (const reference of referencesOf(files.sort())) await compare(reference);
console.log(
  `\n${Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')}`,
);
process.exit(counts.different > 0 ? 1 : 0);

async function compare(reference: Reference): Promise<void> {
  const name = path.relative(path.resolve(folder!), reference.file);
  const tell = (what: keyof typeof counts, details: string) => {
    counts[what] += 1;
    console.log(`${what.padEnd(22)} ${name}  ${details}`);
  };
  const theirs = reference.error ?? `${reference.shape.join(' × ')}, ${reference.axes}`;
  const ours = await readFirst(reference.file).catch(() => refusalOf(reference.file));
  if (typeof ours === 'string') {
    const what = reference.error ? 'read by neither' : 'refused by Falx alone';
    return tell(what, `Falx: ${ours} nibabel: ${theirs}`);
  }
  if (reference.error) return tell('read by Falx alone', `nibabel: ${theirs}`);
  const wrong = differences(ours, reference);
  tell(wrong.length === 0 ? 'same' : 'different', wrong.length === 0 ? theirs : wrong.join('; '));
}

/** The refusal an import would report. */
async function refusalOf(file: string): Promise<string> {
  try {
    const opened = await openScan(file, path.basename(file), { salt: '', window: 'file' });
    return 'one' in opened ? 'It is no volume.' : 'It is read otherwise.';
  } catch (error) {
    if (error instanceof FalxError) return briefly(error);
    throw error;
  }
}
