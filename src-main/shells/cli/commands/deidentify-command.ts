import path from 'node:path';
import { deidentifyWarnings, type DeidentifyReport } from '../../../contract/deidentify.ts';
import { message } from '../../../contract/messages/catalogue.ts';
import { deidentifyFolder } from '../../../deidentify/deidentify-handlers.ts';
import { keyFileIn } from '../../../deidentify/deidentify-key.ts';
import type { Context } from '../main.ts';
import type { Speech } from '../output.ts';

export type DeidentifyOptions = { to: string; moveDates?: true; key?: string };

/** Exit code 1 if no file was written. */
export async function deidentify(
  { home, output }: Context,
  folder: string,
  { to, moveDates, key = keyFileIn(home) }: DeidentifyOptions,
): Promise<number> {
  const result = await deidentifyFolder(folder, to, {
    key: path.resolve(key),
    moveDates: moveDates === true,
    onProgress: (done, total) => output.progress.show(output.say('progressDeidentify', { done, total })),
  });
  const { report, reportFile, mappingFile } = result;
  output.answer({ report, reportFile, mappingFile }, () => lines(report, reportFile, output).join('\n'));
  output.note(`falx: ${output.say('deidentifyMapping', { mapping: mappingFile, key })}`);
  output.note(`falx: ${output.say('deidentifyPixels', {})}`);
  return report.files > 0 ? 0 : 1;
}

/** Number of files named per warning. */
const SHOWN = 5;

function lines(report: DeidentifyReport, reportFile: string, { say }: Speech): string[] {
  const { removed } = report;
  return [
    say('deidentifiedHead', {
      folder: report.folder,
      files: report.files,
      patients: report.patients,
      dates: report.dates,
    }),
    say('deidentifiedBesides', {
      private: String(removed.private),
      unknown: String(removed.unknown),
      overlays: String(removed.curvesAndOverlays),
      odd: String(removed.odd),
    }),
    ...Object.entries(report.leftOut).map(([why, count]) =>
      say('deidentifiedLeftOut', {
        what: message('deidentifyLeftOut', { why: why as keyof DeidentifyReport['leftOut'], count }),
      }),
    ),
    ...deidentifyWarnings.flatMap((kind) => {
      const files = report.warnings.flatMap(({ file, warning }) => (warning === kind ? [file] : []));
      if (files.length === 0) return [];
      const more =
        files.length > SHOWN ? [`  ${say('deidentifiedMore', { count: String(files.length - SHOWN) })}`] : [];
      return [
        say('deidentifiedLook', {
          what: message('deidentifyLookAt', { warning: kind, count: files.length }),
        }),
        ...files.slice(0, SHOWN).map((file) => `  ${file}`),
        ...more,
      ];
    }),
    say('deidentifiedReport', { file: reportFile }),
  ];
}
