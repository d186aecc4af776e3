import type { Language } from '../contract/messages/languages.ts';
import type { AttributeChoice, ThresholdRule } from '../contract/studies.ts';
import type { Registry } from '../registry/registry.ts';
import { falxVersion } from '../version.ts';
import type { Block, Report, Section } from './blocks.ts';
import {
  cardSection,
  checklistSections,
  limitationSection,
  referenceSection,
  reproduceSection,
  sheetSection,
} from './closing.ts';
import { gather } from './gather.ts';
import { methodSections } from './methods.ts';
import { recipeOf } from './recipe.ts';
import { bibTex, sourcesOf, usedIn } from './references.ts';
import { failureSection, resultSection, summarySection } from './results.ts';
import { studySections } from './study-sections.ts';
import { Speech } from './words.ts';

export type ReportStep = 'evidence' | 'pictures' | 'page' | 'pdf' | 'figures';

export type ReportOptions = {
  registry: Registry;
  /** Evaluated, on test sets that hold the same images, or on folds of one set. */
  runIds: readonly string[];
  /** Chooses each run's threshold on its validation set; otherwise it is 0.5. */
  rule?: ThresholdRule | undefined;
  /** Attributes for subgroups, besides folders, format and scanners. */
  by?: readonly AttributeChoice[] | undefined;
  language: Language;
  /** Name of the file for `falx reproduce`, beside the report. */
  recipeName: string;
  onStep?: (step: ReportStep) => void;
  signal?: AbortSignal | undefined;
};

/**
 * A report on runs on one test set, with methods, results and checklists as in a paper.
 * @throws FalxError as `gather`; `bad-run` if one was not evaluated; `cancelled`.
 */
export async function reportOn(options: ReportOptions): Promise<Report> {
  const { registry, runIds, rule, by, language, recipeName, onStep = () => undefined, signal } = options;
  const speech = new Speech(language);
  onStep('evidence');
  const of = await gather({
    registry,
    runIds,
    rule,
    by,
    signal,
    called: {
      mean: speech.word('mean'),
      fold: (model, fold) => speech.say('reportRunOfFold', { model, fold: String(fold) }),
    },
  });
  const metrics = (id: string) => registry.metrics.list(id, 'test')[0];
  const failures = await failureSection(of, speech, () => {
    signal?.throwIfAborted();
    onStep('pictures');
  });
  onStep('page');
  const studies = studySections(of, speech);
  const made = new Set(studies.map(({ id }) => id));
  const sections = [
    summarySection(of, speech),
    ...methodSections(of, speech),
    resultSection(of, speech),
    ...studies,
    failures,
    limitationSection(of, speech),
    reproduceSection(of, speech, recipeName),
    cardSection(of, speech),
    sheetSection(of, speech),
    ...checklistSections(speech, (section) => made.has(section)),
    referenceSection(of, speech),
  ];
  const version = falxVersion();
  return {
    language,
    title: speech.say('reportTitle', { models: of.answers.models.length, dataset: of.dataset.name }),
    notice: speech.say('reportNotice', {}),
    made: speech.say('reportMade', {
      when: speech.format.dateTime(new Date().toISOString()),
      falx: version,
    }),
    contents: speech.word('contents'),
    sections: numbered(sections, speech),
    references: bibTex(sourcesOf(usedIn(of)), version),
    recipe: recipeOf(of, metrics),
  };
}

/** Numbers tables and figures in order. */
function numbered(sections: readonly Section[], { say }: Speech): Section[] {
  let [tables, figures] = [0, 0];
  const withNumber = (block: Block): Block => {
    if (block.kind === 'table')
      return {
        ...block,
        caption: say('reportTable', { number: String((tables += 1)), caption: capital(block.caption) }),
      };
    if (block.kind === 'figure' || block.kind === 'scans')
      return {
        ...block,
        caption: say('reportFigure', { number: String((figures += 1)), caption: capital(block.caption) }),
      };
    return block;
  };
  return sections.map((section) => ({ ...section, blocks: section.blocks.map(withNumber) }));
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
