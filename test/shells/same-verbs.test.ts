import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isContractProcedure } from '@orpc/contract';
import { expect, test } from 'vitest';
import { api } from '../../src-main/contract/api.ts';
import { actions } from '../../src-main/shells/cli/actions.ts';
import { declareAll } from '../../src-main/shells/cli/main.ts';

/**
 * For each command the calls with which windows do the same. A new command or call belongs here, or below among those of
 * one shell only, with the reason.
 */
const same: Readonly<Record<string, readonly string[]>> = {
  doctor: ['app.checkup', 'app.devices', 'app.onProcessor'],
  demo: ['datasets.demo'],
  deidentify: ['deidentify.start', 'deidentify.result'],
  import: ['datasets.import', 'datasets.tableIn', 'datasets.setPositive', 'datasets.rename', 'check.retry'],
  check: [
    ...['get', 'start', 'groups', 'decide', 'dropTwins', 'undo', 'redo', 'decisions', 'pattern'].map(
      (verb) => `check.${verb}`,
    ),
    'datasets.quarantined',
  ],
  audit: ['folderAudit.start', 'folderAudit.result'],
  shortcuts: ['check.shortcuts'],
  split: [...['create', 'folds', 'preview', 'list', 'attributes', 'leftOut'].map((verb) => `splits.${verb}`)],
  train: [
    ...['queue', 'start', 'stop', 'cancel', 'requeue', 'log'].map((verb) => `training.${verb}`),
    'runs.epochs',
  ],
  evaluate: ['compare.evaluate', 'runs.fitted'],
  compare: [
    'compare.evaluate',
    'compare.evaluated',
    'compare.tests',
    'compare.evidence',
    'compare.thresholds',
    'compare.calibration',
    'compare.spread',
    'compare.attributes',
    'compare.subgroups',
  ],
  robustness: ['compare.alter', 'compare.robustness'],
  // Computed in the window itself.
  'sample-size': [],
  validate: ['compare.validate', 'compare.validated', 'compare.validation'],
  report: ['compare.report'],
  labels: ['check.labels'],
  predict: ['predict.scans', 'predict.scansIn', 'predict.report', 'maps.of', 'maps.prepare'],
  runs: ['runs.list'],
  show: ['datasets.get', 'datasets.list', 'splits.get', 'runs.get'],
  remove: ['datasets.remove', 'splits.remove', 'runs.remove'],
  export: ['runs.export'],
  'trash list': ['trash.list'],
  'trash restore': ['trash.restore', 'datasets.restore', 'splits.restore', 'runs.restore'],
  'trash empty': ['trash.empty', 'runs.purge'],
  'weights list': ['weights.list'],
  'weights add': ['weights.add'],
  'weights download': ['weights.download', 'weights.sources'],
  'weights pack': ['weights.pack'],
  'import-run': ['runs.lookAt', 'runs.import'],
  'registry backups': ['records.state'],
  'registry backup': ['records.backUp'],
  'registry check': ['records.state'],
  'registry restore': ['records.restore'],
  'registry export': ['records.export'],
  'audit-log show': ['records.trail'],
  'audit-log verify': ['records.verifyTrail'],
  'audit-log export': ['records.exportTrail'],
  'verify-gpu': ['gpu.trial', 'gpu.trialReport'],
  'gpu status': ['gpu.support', 'gpu.verify'],
  'gpu install': ['gpu.add', 'gpu.discard'],
  'gpu remove': ['gpu.remove'],
};

const commandLineAlone: Readonly<Record<string, string>> = {
  reproduce: 'is for another machine than the report’s, and takes as long as all its trainings',
  serve: 'opens the window',
  mlflow: 'a server that scripts log to; a window sends nothing anywhere',
  completion: 'is for shells',
};

/** For a group, or for one call. */
const windowAlone: Readonly<Record<string, string>> = {
  events: 'a command says what happens while it runs, and ends',
  jobs: 'a command is its own job: Ctrl-C cancels it',
  files: 'paths are typed',
  'app.info': 'falx --version, and the first line of falx doctor',
  'app.licence': 'the texts lie beside what is installed',
  'app.log': 'it is a file in the home folder',
  'app.preferences': 'of windows: language, theme, and devices, which are options of commands',
  'app.setPreferences': 'the same',
  'app.lookAtHome': 'a home is an option of every command',
  'app.chooseHome': 'the same',
  'app.thumbnails': 'pictures are shown by windows',
  'app.clearThumbnails': 'the same',
  'datasets.images': 'the same',
  'check.remarks': 'a note beside a picture',
  'check.remark': 'the same',
  'datasets.interrupted': 'a command that imports the folder goes on with it by itself',
  'predict.leave': 'a command’s files are where they were',
  'predict.deleteHistory': 'there is no history on the command line',
  'predict.history': 'a command prints its answers, and the registry’s export has all of them',
  'runs.describe': 'names, tags and notes are written beside what they are about',
  'training.state': 'a command trains what it was given and shows it itself',
  'training.trial': 'what a window estimates before a person decides; a command begins',
  'training.trialResult': 'the same',
  'training.preview': 'pictures are shown by windows',
  'training.pause': 'Ctrl-Z and fg',
  'training.resume': 'the same',
  'training.move': 'a command has no queue',
  'training.tryDevice': 'a command asks its devices anew',
};

/** As typed: `train`, `weights add`. */
async function commandsThere(): Promise<string[]> {
  const { program } = await declareAll();
  return program.commands.flatMap((command) => {
    const name = command.name();
    if (!command.registeredArguments.some((argument) => argument.name() === 'action')) return [name];
    return Object.keys(actions[name as keyof typeof actions]).map((action) => `${name} ${action}`);
  });
}

/** `datasets.import`, and so on. */
function callsIn(of: object, above: readonly string[] = []): string[] {
  return Object.entries(of).flatMap(([name, value]: [string, object]) =>
    isContractProcedure(value) ? [[...above, name].join('.')] : callsIn(value, [...above, name]),
  );
}

const calls = callsIn(api);
const groupOf = (call: string): string => call.split('.')[0]!;

test('what the command line can do, windows can, but for what is named with a reason', async () => {
  const known = [...Object.keys(same), ...Object.keys(commandLineAlone)];
  expect(known.toSorted()).toEqual((await commandsThere()).toSorted());
});

test('what windows can do, the command line can, but for what is named with a reason', () => {
  const known = new Set(Object.values(same).flat());
  expect([...known].filter((call) => !calls.includes(call))).toEqual([]);
  const alone = (call: string) => call in windowAlone || groupOf(call) in windowAlone;
  expect(calls.filter((call) => known.has(call) === alone(call))).toEqual([]);
  const named = Object.keys(windowAlone).filter(
    (one) => !calls.some((call) => call === one || groupOf(call) === one),
  );
  expect(named).toEqual([]);
});

test('each call has a screen: the window’s sources ask for it', () => {
  const root = path.join(import.meta.dirname, '../../src-renderer');
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|svelte)$/.test(file))
    .map((file) => readFileSync(path.join(root, file), 'utf8').replaceAll(/\s+/g, ''))
    .join('\n');
  /** By its name, or by a computed one of its group. */
  const asked = (call: string) =>
    sources.includes(`client.${call}(`) ||
    (sources.includes(`client.${groupOf(call)}[`) && sources.includes(`'${call.split('.')[1]}'`));
  expect(calls.filter((call) => !asked(call))).toEqual([]);
});
