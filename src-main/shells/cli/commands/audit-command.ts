import path from 'node:path';
import { auditFolder, splitTable, type Audit } from '../../../folder-audit/folder-audit.ts';
import { FalxError, worded } from '../../../contract/errors.ts';
import { systemReason } from '../../../system/system-reason.ts';
import type { ClassChoice } from '../../../contract/labels.ts';
import { shareAsUsual } from '../../../system/rights.ts';
import { writeAtomically } from '../../../system/write-atomically.ts';
import { message } from '../../../contract/messages/catalogue.ts';
import { speechIn } from '../output.ts';
import { auditProgress } from './shortcuts-command.ts';
import type { Context } from '../main.ts';
import { auditPage } from './audit-page.ts';
import { auditText } from './audit-text.ts';
import { withRegistry } from './with-registry.ts';

export type AuditOptions = {
  positive?: string;
  classes?: ClassChoice[];
  repair?: boolean;
  csv?: string;
  html?: string;
};

export async function audit(context: Context, folder: string, options: AuditOptions): Promise<void> {
  const { output } = context;
  await withRegistry(context, async (registry) => {
    const found = await auditFolder({
      registry,
      folder,
      positive: options.positive,
      classes: options.classes,
      repair: options.repair === true || options.csv !== undefined,
      onProgress: (step, done, total) => output.progress.show(auditProgress(output, step, done, total)),
    });
    const csv = options.csv === undefined ? null : path.resolve(options.csv);
    const html = options.html === undefined ? null : path.resolve(options.html);
    if (csv !== null) await write(csv, splitTable(registry, found.repaired!));
    const text = auditText(found, csv, output);
    const english = speechIn('en');
    if (html !== null)
      await write(html, await auditPage(registry, found, auditText(found, csv, english), english));
    output.answer({ ...document(found, csv), html }, () =>
      html === null ? text : `${text}\n${output.say('auditedPictures', { file: html })}`,
    );
    for (const left of found.checked.unreadable.slice(0, NAMED)) {
      const said = message('checkLeftOut', { file: left.file, reason: output.reason(left) });
      output.note(output.say('noted', { said }));
    }
  });
}

/** Number of left-out files that are named; `--json` has all. */
const NAMED = 10;

/** Flattened, with images by file and set. */
function document(audit: Audit, csv: string | null) {
  const { imported, checked, given, leaks, repaired, withoutShortcuts, ...rest } = audit;
  const { dataset, quarantined, warnings, classes } = imported;
  const { leaked, randomLeak } = checked;
  return {
    dataset,
    known: imported.existing,
    images: checked.images,
    classes,
    quarantined,
    warnings,
    given,
    leaked,
    randomLeak,
    leaks: leaks.map(({ image, twin, ...likeness }) => ({
      test: brief(image),
      twin: brief(twin),
      ...likeness,
    })),
    check: checked,
    ...rest,
    withoutShortcuts: withoutShortcuts && worded(withoutShortcuts),
    repaired: repaired && { ...repaired, csv },
  };
}

const brief = ({ file, className, givenPart }: Audit['leaks'][number]['image']) => ({
  file,
  className,
  givenPart,
});

async function write(file: string, text: string): Promise<void> {
  await writeAtomically(file, text)
    .then(() => shareAsUsual(file))
    .catch((cause: unknown) => {
      throw new FalxError('auditNotWritten', { file, reason: systemReason(cause) }, { cause });
    });
}
