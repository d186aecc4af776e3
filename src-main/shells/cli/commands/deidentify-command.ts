import path from 'node:path';
import type { DeidentifyReport } from '../../../contract/deidentify.ts';
import { deidentifyFolder } from '../../../deidentify/deidentify-handlers.ts';
import type { Context } from '../main.ts';
import { counted } from '../text.ts';

export type DeidentifyOptions = { to: string; moveDates?: true; key?: string };

/** Exit code 1 when no file was written. */
export async function deidentify(
  { home, output }: Context,
  folder: string,
  { to, moveDates, key = path.join(home, 'deidentify.key') }: DeidentifyOptions,
): Promise<number> {
  const result = await deidentifyFolder(folder, to, {
    key: path.resolve(key),
    moveDates: moveDates === true,
    onProgress: (done, total) => output.progress.show(`de-identifying ${done}/${total}`),
  });
  const { report, reportFile, mappingFile } = result;
  output.answer(result, () => lines(report, reportFile).join('\n'));
  output.note(`falx: ${mappingFile} says who is who. Keep it, and the key ${key}, apart from the copies.`);
  output.note(
    'falx: The pixels are as they were. Text burnt into them, and the face in a scan of a head, can still name a person: look at the pictures.',
  );
  return report.files > 0 ? 0 : 1;
}

const reasons: Record<keyof DeidentifyReport['leftOut'], string> = {
  notDicom: 'no DICOM file',
  directory: 'a DICOM directory (DICOMDIR)',
  noImage: 'DICOM without an image',
  damaged: 'damaged, or written in a way that Falx does not know',
  unreadable: 'could not be read',
  notOrdinary: 'a link, or no ordinary file',
  tooLarge: 'larger than 2 GiB',
};

const warnings: Record<DeidentifyReport['warnings'][number]['warning'], string> = {
  burnedIn: 'the file itself says that text is burnt into its pixels',
  perhapsBurnedIn: 'of a kind that often has text burnt into its pixels',
  sameInstance: 'the file says that it is the same image as another one',
};

/** Files of each warning that are named at once. */
const SHOWN = 5;

function lines(report: DeidentifyReport, reportFile: string): string[] {
  const { removed } = report;
  return [
    `${report.folder}: ${counted(report.files, 'file')} of ${counted(report.patients, 'patient')}, dates ${report.dates}`,
    `Removed besides: ${removed.private} private elements, ${removed.unknown} that the standard does not know, ` +
      `${removed.curvesAndOverlays} of curves and overlays, ${removed.odd} not written as the standard says`,
    ...Object.entries(report.leftOut).map(
      ([why, count]) => `Left out: ${counted(count, 'file')}: ${reasons[why as keyof typeof reasons]}`,
    ),
    ...Object.entries(warnings).flatMap(([kind, words]) => {
      const files = report.warnings.flatMap(({ file, warning }) => (warning === kind ? [file] : []));
      if (files.length === 0) return [];
      const more = files.length > SHOWN ? [`  … and ${files.length - SHOWN} more, in the report`] : [];
      return [
        `Look at ${counted(files.length, 'file')}: ${words}`,
        ...files.slice(0, SHOWN).map((file) => `  ${file}`),
        ...more,
      ];
    }),
    `Report: ${reportFile}`,
  ];
}
