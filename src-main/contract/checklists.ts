import type { Language } from './messages/languages.ts';
import en from './messages/en/checklists.json' with { type: 'json' };
import ko from './messages/ko/checklists.json' with { type: 'json' };

/** Sections of a report that can answer an item, by their ids. */
export const reportSections = [
  'summary',
  'data',
  'labels',
  'deidentification',
  'split',
  'preprocessing',
  'model',
  'training',
  'software',
  'statistics',
  'results',
  'thresholds',
  'calibration',
  'spread',
  'learning',
  'subgroups',
  'robustness',
  'external',
  'failures',
  'limitations',
  'reproduce',
  'modelCard',
  'datasheet',
  'claim',
  'tripod',
  'references',
] as const;
export type ReportSection = (typeof reportSections)[number];

/**
 * An item of a checklist, by its official number. `where`: the sections of a report that answer it; `author`: whether the author
 * must answer `all`, the `rest`, or `none` of it.
 */
export type ChecklistItem = Answer & {
  /** How it is answered if the report has this section, because what it describes was done. */
  made?: { section: ReportSection } & Answer;
};
type Answer = { where: readonly ReportSection[]; author: 'all' | 'rest' | 'none' };

const answered = (...where: ReportSection[]): ChecklistItem => ({ where, author: 'none' });
const partly = (...where: ReportSection[]): ChecklistItem => ({ where, author: 'rest' });
const author: ChecklistItem = { where: [], author: 'all' };
const made = (section: ReportSection, then: ChecklistItem, otherwise: ChecklistItem): ChecklistItem => ({
  ...otherwise,
  made: { section, ...then },
});

/**
 * CLAIM 2024 (Tejani et al. 2024, Radiology: Artificial Intelligence 6(4):e240300) and TRIPOD+AI (Collins et al. 2024, BMJ
 * 385:e078378). What an item asks is in `messages/<language>/checklists.json`, in Falx's own words.
 */
const table = {
  claim: {
    '1': answered('summary'),
    '2': partly('summary'),
    '3': author,
    '4': author,
    '5': author,
    '6': author,
    '7': partly('data', 'datasheet'),
    '8': partly('data'),
    '9': answered('preprocessing'),
    '10': partly('data', 'split'),
    '11': partly('deidentification'),
    '12': partly('data'),
    '13': partly('data', 'datasheet'),
    '14': partly('labels'),
    '15': author,
    '16': partly('labels'),
    '17': partly('labels'),
    '18': author,
    '19': answered('split'),
    '20': answered('split'),
    '21': partly('statistics'),
    '22': answered('model'),
    '23': answered('software'),
    '24': answered('model'),
    '25': made('spread', answered('training', 'spread'), answered('training')),
    '26': answered('training'),
    '27': answered('statistics'),
    '28': answered('statistics'),
    '29': answered('statistics'),
    '30': made('robustness', answered('robustness'), partly('limitations')),
    '31': partly('failures', 'limitations'),
    '32': answered('results'),
    '33': made('external', answered('external'), partly('limitations')),
    '34': author,
    '35': partly('data', 'split'),
    '36': partly('split', 'datasheet'),
    '37': answered('results'),
    '38': answered('results'),
    '39': answered('failures'),
    '40': partly('limitations'),
    '41': partly('modelCard'),
    '42': partly('reproduce'),
    '43': partly('reproduce', 'software'),
    '44': author,
  },
  tripod: {
    '1': partly('summary'),
    '2': partly('summary'),
    '3a': author,
    '3b': partly('modelCard'),
    '3c': author,
    '4': author,
    '5a': partly('data', 'datasheet'),
    '5b': author,
    '6a': author,
    '6b': partly('data'),
    '6c': author,
    '7': answered('preprocessing'),
    '8a': partly('labels'),
    '8b': author,
    '8c': author,
    '9a': answered('preprocessing'),
    '9b': answered('preprocessing'),
    '9c': author,
    '10': made('learning', partly('statistics', 'learning'), partly('statistics')),
    '11': partly('data'),
    '12a': answered('split'),
    '12b': answered('preprocessing'),
    '12c': answered('model', 'training'),
    '12d': made('subgroups', partly('statistics', 'subgroups'), partly('limitations')),
    '12e': answered('statistics'),
    '12f': author,
    '12g': answered('statistics'),
    '13': made('calibration', answered('training', 'calibration'), answered('training')),
    '14': author,
    '15': made('thresholds', answered('statistics', 'thresholds'), answered('statistics')),
    '16': partly('split'),
    '17': author,
    '18a': author,
    '18b': author,
    '18c': partly('reproduce'),
    '18d': author,
    '18e': author,
    '18f': partly('reproduce', 'software'),
    '19': author,
    '20a': partly('data', 'split'),
    '20b': partly('split', 'datasheet'),
    '20c': author,
    '21': answered('split'),
    '22': answered('model', 'reproduce'),
    '23a': made('subgroups', partly('results', 'subgroups'), partly('results')),
    '23b': made('subgroups', partly('subgroups'), partly('limitations')),
    '24': author,
    '25': author,
    '26': partly('limitations'),
    '27a': partly('modelCard'),
    '27b': partly('modelCard'),
    '27c': author,
  },
} as const satisfies Record<string, Record<string, ChecklistItem>>;

type Table = typeof table;
export type ChecklistName = keyof Table;
export const checklistNames = Object.keys(table) as ChecklistName[];

/** A list's items, in the official order. @param has whether a report has a section; without it, `made` is ignored. */
export const checklist = (
  name: ChecklistName,
  has: (section: ReportSection) => boolean = () => false,
): [number: string, item: Answer][] =>
  // Not in the order of the object's keys: JavaScript puts integer keys first.
  Object.entries<ChecklistItem>(table[name])
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([number, { made: its, ...item }]) => [number, its && has(its.section) ? its : item]);

const words: Readonly<Record<Language, { [L in ChecklistName]: Record<keyof Table[L], string> }>> = {
  en,
  ko,
};

/** What an item asks, in brief. */
export const checklistWords = (name: ChecklistName, number: string, language: Language): string =>
  (words[language][name] as Readonly<Record<string, string>>)[number]!;
