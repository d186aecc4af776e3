import type { ReportSection } from '../contract/checklists.ts';
import type { ThresholdRule } from '../contract/studies.ts';
import type { MessageCode, ParametersOf } from '../contract/messages/catalogue.ts';
import { Formatter } from '../contract/messages/formatter.ts';
import { defaultLocales, type Language } from '../contract/messages/languages.ts';
import { sayWhole, type StoredMessage } from '../contract/messages/say.ts';

/** Single words of a report: column headings, names of facts, words in figures. */
export type ReportWord =
  | 'all'
  | 'alteration'
  | 'falls'
  | 'specificityFalls'
  | 'share'
  | 'trainedScans'
  | 'fitted'
  | 'fold'
  | 'folds'
  | 'meanSd'
  | 'met'
  | 'pooled'
  | 'seeds'
  | 'strength'
  | 'unseenScans'
  | 'accuracyOf'
  | 'author'
  | 'authorAll'
  | 'authorRest'
  | 'bestEpoch'
  | 'bytes'
  | 'calledNegative'
  | 'calledPositive'
  | 'chance'
  | 'checked'
  | 'class'
  | 'classes'
  | 'command'
  | 'confusion'
  | 'contents'
  | 'created'
  | 'dataset'
  | 'datasetHash'
  | 'decision'
  | 'device'
  | 'difference'
  | 'distinctScans'
  | 'dropped'
  | 'epochs'
  | 'exactDuplicates'
  | 'falsePositiveRate'
  | 'field'
  | 'file'
  | 'fn'
  | 'forest'
  | 'formats'
  | 'fp'
  | 'grouping'
  | 'groups'
  | 'histogram'
  | 'images'
  | 'initialWeights'
  | 'item'
  | 'itemAsks'
  | 'label'
  | 'leftOut'
  | 'mean'
  | 'measure'
  | 'modality'
  | 'model'
  | 'modelHash'
  | 'negative'
  | 'netBenefit'
  | 'network'
  | 'none'
  | 'number'
  | 'observed'
  | 'p'
  | 'pair'
  | 'pairs'
  | 'paper'
  | 'parameters'
  | 'part'
  | 'patients'
  | 'perImage'
  | 'perScan'
  | 'perfect'
  | 'positive'
  | 'ppv'
  | 'precisionRecall'
  | 'predicted'
  | 'prevalence'
  | 'probability'
  | 'reason'
  | 'reliability'
  | 'reliabilityScans'
  | 'roc'
  | 'run'
  | 'scanner'
  | 'scans'
  | 'seed'
  | 'sensitivity'
  | 'settings'
  | 'shortcut'
  | 'sizes'
  | 'software'
  | 'split'
  | 'splitHash'
  | 'splitId'
  | 'test'
  | 'thresholdProbability'
  | 'threshold'
  | 'tn'
  | 'tp'
  | 'train'
  | 'training'
  | 'trainingTime'
  | 'treatAll'
  | 'treatNone'
  | 'validation'
  | 'value'
  | 'version'
  | 'where'
  | 'worst'
  | 'loss'
  | 'unknown'
  | 'imported'
  | 'runFacts'
  | 'hashes';

export type CardField =
  | 'for'
  | 'notFor'
  | 'users'
  | 'input'
  | 'output'
  | 'poor'
  | 'data'
  | 'performance'
  | 'ethics'
  | 'caveats'
  | 'licence';
export type SheetField =
  | 'motivation'
  | 'composition'
  | 'collection'
  | 'acquisition'
  | 'people'
  | 'preprocessing'
  | 'labelling'
  | 'uses'
  | 'distribution'
  | 'maintenance';

/** A threshold rule as a message parameter. */
export const ruleOf = (rule: ThresholdRule) => ({
  by: rule.by,
  value:
    'least' in rule
      ? String(rule.least)
      : 'missOverFalseAlarm' in rule
        ? String(rule.missOverFalseAlarm)
        : '',
});

/** Words messages in the report's language. */
export class Speech {
  readonly language: Language;
  readonly format: Formatter;

  constructor(language: Language) {
    this.language = language;
    this.format = new Formatter(defaultLocales[language]);
  }

  words = (told: StoredMessage): string => sayWhole(told, { language: this.language, shell: 'cli' });

  say = <C extends MessageCode>(code: C, parameters: ParametersOf<C>): string =>
    this.words({ code, parameters });

  word = (of: ReportWord): string => this.say('reportWord', { of });

  title = (of: ReportSection): string => this.say('reportSectionTitle', { of });
}
