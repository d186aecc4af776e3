import {
  checklist,
  checklistNames,
  checklistWords,
  type ChecklistName,
  type ReportSection,
} from '../contract/checklists.ts';
import { shortcutKinds } from '../contract/check.ts';
import { measureLabel } from '../contract/measures.ts';
import { type Part } from '../contract/records.ts';
import type { Block, Section } from './blocks.ts';
import { commandsOf } from './commands.ts';
import { thresholdsIn, type Gathered } from './gather.ts';
import { factTable, paragraph } from './methods.ts';
import { cited, sourcesOf, usedIn } from './references.ts';
import { written } from './results.ts';
import type { CardField, SheetField, Speech } from './words.ts';

/** With fewer of a class a validation is imprecise (Collins et al. 2016, Statistics in Medicine 35, 214–226). */
const EVENTS = 100;

/** Audit findings that speak against the figures, and what was not examined. */
export function limitationSection(of: Gathered, speech: Speech): Section {
  const { check, evidence, scans, runs, splits, studied, folds } = of;
  const { say } = speech;
  /** Of the split, or of each fold. */
  const certificates = splits.map((split) => split.certificate);
  const across = certificates.flatMap((one) => (one && one.twinsAcross > 0 ? [one] : []));
  const positives = scans.filter(({ label }) => label === 1).length;
  const negatives = scans.length - positives;
  const { shortcuts } = check;
  const telling = (shortcuts?.shortcuts ?? []).filter(({ verdict }) => verdict !== 'fine');
  const { patients } = check;
  const networks = new Set(runs.map(({ network }) => network));
  return {
    id: 'limitations',
    title: speech.title('limitations'),
    blocks: [
      {
        kind: 'list',
        items: [
          ...(studied.validations.every(({ unseen }) => unseen === null) ? [say('limitInternal', {})] : []),
          ...telling.map(({ kind, balancedAccuracy, low, high, verdict }) =>
            say('limitShortcut', {
              kind: say('shortcutKind', { kind: shortcutKinds.find((one) => one === kind)! }),
              accuracy: balancedAccuracy,
              low,
              high,
              grave: verdict === 'warn' ? 'yes' : 'no',
            }),
          ),
          ...(shortcuts === null
            ? [say('limitShortcutsNone', { command: 'falx shortcuts' })]
            : telling.length === 0
              ? [say('limitShortcutsFine', {})]
              : []),
          ...(certificates.every((one) => one && one.checked !== null) ? [] : [say('limitUnchecked', {})]),
          ...across.map(({ twinsAcross, testImagesWithTwins }) =>
            say('limitAcross', { pairs: twinsAcross, images: testImagesWithTwins }),
          ),
          ...(check.groups > 0 ? [say('limitTwins', { groups: check.groups })] : []),
          ...(evidence.contradictions.groups > 0 ? [say('limitMixed', evidence.contradictions)] : []),
          ...(patients.images < check.images
            ? [say('limitPatients', { known: patients.images, images: check.images })]
            : []),
          ...(Math.min(positives, negatives) < EVENTS ? [say('limitEvents', { positives, negatives })] : []),
          ...(folds ? [say('limitFolds', {})] : []),
          ...(!folds && studied.seeds.length < networks.size
            ? [say('limitSeeds', { repeated: studied.seeds.length })]
            : []),
          say('limitThreshold', { chosen: of.rule ? 'yes' : 'no' }),
          ...(studied.robustness.length < runs.length
            ? [say('limitRobustness', { measured: studied.robustness.length })]
            : []),
          ...(studied.subgroups.length === 0 ? [say('limitSubgroups', {})] : []),
          say('limitSlices', {}),
          say('limitMaps', {}),
        ],
      },
    ],
  };
}

/** @param file the recipe's name, beside the report. */
export function reproduceSection(of: Gathered, speech: Speech, file: string): Section {
  const { word, say } = speech;
  return {
    id: 'reproduce',
    title: speech.title('reproduce'),
    blocks: [
      paragraph(say('reproduceHow', { command: `falx reproduce ${file} FOLDER` })),
      { kind: 'code', lines: commandsOf(of) },
      factTable('hashes', word('hashes'), speech, [
        [word('datasetHash'), of.dataset.hash],
        ...of.splits.map(
          ({ hash }, at) =>
            [of.folds ? `${word('splitHash')}: ${word('fold')} ${at + 1}` : word('splitHash'), hash] as const,
        ),
        ...of.runs.map(
          ({ id }, at) =>
            [`${word('modelHash')}: ${of.runNames[at]!}`, of.weightsHashes.get(id) ?? word('none')] as const,
        ),
      ]),
      paragraph(say('reproduceData', {})),
      paragraph(say('reproduceNote', {})),
    ],
  };
}

const countOf = ({ partOf }: Gathered, part: Part): number =>
  [...partOf.values()].filter((one) => one === part).length;

export function cardSection(of: Gathered, speech: Speech): Section {
  const { say, language } = speech;
  const sizes = [...new Set(of.runs.map(({ settings }) => settings.pixels.imageSize))].join(', ');
  const performance = of.answers.models
    .map((_, at) => {
      const { accuracy, auc } = of.evidence.perScan.models[at]!.measures;
      return (
        `${of.models[at]!.name}: ${measureLabel('accuracy', language)} ${written('accuracy', accuracy.value, speech)}, ` +
        `${measureLabel('auc', language)} ${written('auc', auc.value, speech)}`
      );
    })
    .join('; ');
  const fact = (field: CardField, value: string) => [say('cardField', { of: field }), value] as const;
  return {
    id: 'modelCard',
    title: speech.title('modelCard'),
    blocks: [
      factTable('model-card', speech.title('modelCard'), speech, [
        fact('for', say('cardFor', {})),
        fact('notFor', say('cardNotFor', {})),
        fact('users', say('cardUsers', {})),
        fact('input', say('cardInput', { size: sizes })),
        fact(
          'output',
          say('cardOutput', {
            positive: of.dataset.positive,
            threshold: thresholdsIn(of),
          }),
        ),
        fact('poor', say('cardPoor', {})),
        fact(
          'data',
          of.folds
            ? say('cardDataFolds', { images: of.answers.labels.length, folds: of.splits.length })
            : say('cardData', {
                train: Math.min(...of.trainedOn),
                most:
                  new Set(of.trainedOn).size === 1 ? 'none' : speech.format.number(Math.max(...of.trainedOn)),
                validation: countOf(of, 'validation'),
                test: countOf(of, 'test'),
              }),
        ),
        fact('performance', performance),
        fact('caveats', say('cardCaveats', {})),
        fact('ethics', say('cardEthics', {})),
        fact('licence', say('cardLicence', {})),
      ]),
    ],
  };
}

export function sheetSection(of: Gathered, speech: Speech): Section {
  const { say } = speech;
  const fact = (field: SheetField, value = say('sheetAuthor', {})) =>
    [say('sheetField', { of: field }), value] as const;
  return {
    id: 'datasheet',
    title: speech.title('datasheet'),
    blocks: [
      factTable('datasheet', speech.title('datasheet'), speech, [
        fact('motivation'),
        fact(
          'composition',
          say('sheetComposition', {
            images: of.images.size,
            scans: of.check.distinctScans,
            classes: of.dataset.classes.join(', '),
          }),
        ),
        fact('collection'),
        fact('acquisition'),
        fact('people'),
        fact(
          'preprocessing',
          say('sheetPreprocessing', { leftOut: of.quarantined.length, dropped: of.check.dropped }),
        ),
        fact(
          'labelling',
          `${say('reportLabels', { positive: of.dataset.positive, negative: of.negative })} ${say('reportLabelsAuthor', {})}`,
        ),
        fact('uses', say('sheetUses', {})),
        fact('distribution'),
        fact('maintenance'),
      ]),
    ],
  };
}

const sources: Record<ChecklistName, string> = {
  claim: 'CLAIM 2024 (doi:10.1148/ryai.240300)',
  tripod: 'TRIPOD+AI (doi:10.1136/bmj-2023-078378)',
};

/** @param has whether the report has a section: analyses that were made answer more items. */
export const checklistSections = (speech: Speech, has: (section: ReportSection) => boolean): Section[] =>
  checklistNames.map((name): Section => {
    const { word, say, title, language } = speech;
    const items = checklist(name, has);
    const left = { none: '–', rest: word('authorRest'), all: word('authorAll') };
    const count = (author: keyof typeof left) => items.filter(([, item]) => item.author === author).length;
    return {
      id: name,
      title: title(name),
      blocks: [
        paragraph(
          say('checklistLead', {
            items: items.length,
            answered: count('none'),
            partly: count('rest'),
            author: count('all'),
          }),
        ),
        paragraph(say('checklistSource', { source: sources[name] })),
        {
          kind: 'table',
          name,
          caption: title(name),
          head: [word('item'), word('itemAsks'), word('where'), word('author')],
          rows: items.map(([number, { where, author: its }]) => [
            number,
            checklistWords(name, number, language),
            where.length === 0 ? '–' : { text: where.map((one) => title(one)).join(', '), to: where },
            left[its],
          ]),
        },
      ],
    };
  });

export const referenceSection = (of: Gathered, speech: Speech): Section => ({
  id: 'references',
  title: speech.title('references'),
  blocks: [
    {
      kind: 'list',
      items: sourcesOf(usedIn(of)).map(cited),
    } satisfies Block,
  ],
});
