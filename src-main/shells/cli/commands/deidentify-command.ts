import path from 'node:path';
import { deidentifyWarnings, type DeidentifyReport } from '../../../contract/deidentify.ts';
import { message } from '../../../contract/messages/catalogue.ts';
import { inEnglish } from '../../../contract/messages/say.ts';
import { deidentifyFolder } from '../../../deidentify/deidentify-handlers.ts';
import { keyFileIn } from '../../../deidentify/deidentify-key.ts';
import type { Context } from '../main.ts';
import { counted } from '../text.ts';

export type DeidentifyOptions = { to: string; moveDates?: true; key?: string };

/** Exit code 1 when no file was written. */
export async function deidentify(
  { home, output }: Context,
  folder: string,
  { to, moveDates, key = keyFileIn(home) }: DeidentifyOptions,
): Promise<number> {
  const result = await deidentifyFolder(folder, to, {
    key: path.resolve(key),
    moveDates: moveDates === true,
    onProgress: (done, total) => output.progress.show(`de-identifying ${done}/${total}`),
  });
  const { report, reportFile, mappingFile } = result;
  output.answer({ report, reportFile, mappingFile }, () => lines(report, reportFile).join('\n'));
  output.note(`falx: ${mappingFile} says who is who. Keep it, and the key ${key}, apart from the copies.`);
  output.note(
    'falx: The pixels are as they were. Text burnt into them, and the face in a scan of a head, can still name a person: look at the pictures.',
  );
  return report.files > 0 ? 0 : 1;
}

/** Files of each warning that are named at once. */
const SHOWN = 5;

function lines(report: DeidentifyReport, reportFile: string): string[] {
  const { removed } = report;
  return [
    `${report.folder}: ${counted(report.files, 'file')} of ${counted(report.patients, 'patient')}, dates ${report.dates}`,
    `Removed besides: ${removed.private} private elements, ${removed.unknown} that the standard does not know, ` +
      `${removed.curvesAndOverlays} of curves and overlays, ${removed.odd} not written as the standard says`,
    ...Object.entries(report.leftOut).map(
      ([why, count]) =>
        `Left out: ${inEnglish(message('deidentifyLeftOut', { why: why as keyof DeidentifyReport['leftOut'], count }))}`,
    ),
    ...deidentifyWarnings.flatMap((kind) => {
      const files = report.warnings.flatMap(({ file, warning }) => (warning === kind ? [file] : []));
      if (files.length === 0) return [];
      const more = files.length > SHOWN ? [`  … and ${files.length - SHOWN} more, in the report`] : [];
      return [
        `Look at ${inEnglish(message('deidentifyLookAt', { warning: kind, count: files.length }))}`,
        ...files.slice(0, SHOWN).map((file) => `  ${file}`),
        ...more,
      ];
    }),
    `Report: ${reportFile}`,
  ];
}
