import { networkTable } from '../contract/networks.ts';
import { leftOutBy } from '../contract/leave-out.ts';
import type { Grouping } from '../contract/grouping.ts';
import type { Run, Split } from '../contract/records.ts';
import { changedSettings, rowOf } from '../contract/settings.ts';
import type { Gathered } from './gather.ts';

/** The command lines that reproduce a report's runs. Outputs of earlier ones are placeholders in capitals. */
export function commandsOf(of: Gathered): string[] {
  const { dataset, split, runs, folds, rule, studied } = of;
  const each = runs.map((_, at) => `RUN${at + 1}`);
  const all = folds ? 'SET' : each.join(' ');
  // One command trains the runs of all folds.
  const trained = folds
    ? [...new Map(runs.map((run) => [trainOptions(run), run])).keys()]
    : [...runs, ...studied.inCurves].map(trainOptions);
  const named = (runId: string) => each[runs.findIndex(({ id }) => id === runId)]!;
  return [
    `falx import FOLDER --name ${quoted(dataset.name)} --positive ${quoted(dataset.positive)}`,
    `falx check DATASET`,
    `falx split DATASET ${splitOptions(split)}`,
    ...trained.map((options) => `falx train ${folds ? 'SET' : 'SPLIT'} ${options}`),
    ...studied.robustness.map(({ runId }) => `falx robustness ${named(runId)}`),
    ...studied.validations.map(
      ({ runId, dataset: other }) => `falx validate ${named(runId)} ${quoted(other.name)}`,
    ),
    `falx compare ${all}${ruleOption(rule)}`,
    `falx report ${all} FILE${ruleOption(rule)}`,
  ];
}

function ruleOption(rule: Gathered['rule']): string {
  if (!rule) return '';
  const value =
    'least' in rule ? `:${rule.least}` : 'missOverFalseAlarm' in rule ? `:${rule.missOverFalseAlarm}` : '';
  return ` --threshold ${rule.by}${value}`;
}

function splitOptions({ method, testFraction, validationFraction, seed, certificate, fold }: Split): string {
  const left = leftOutBy(method);
  return [
    ...(left
      ? [`--leave-out ${quoted(left.by)}`]
      : fold
        ? [`--folds ${fold.of}`]
        : method === 'given' || method === 'mended'
          ? ['--use-given']
          : []),
    ...(fold ? [] : [`--test ${testFraction}`]),
    `--validation ${validationFraction}`,
    `--seed ${seed}`,
    ...groupingOptions(certificate?.grouping),
    ...(certificate?.checked === null ? ['--no-check'] : []),
  ].join(' ');
}

function groupingOptions(grouping: Grouping | undefined): string[] {
  if (!grouping) return [];
  return grouping.by === 'pattern' ? [`--pattern ${quoted(grouping.pattern)}`] : [`--by ${grouping.by}`];
}

function trainOptions({ network, settings, weightsSha256 }: Run): string {
  const weights = settings.weights;
  const own = weights !== 'none' && weights !== 'imagenet';
  const changed = changedSettings(settings).filter(({ key }) => key !== 'weights');
  return [
    `--networks ${network}`,
    `--weights ${own ? 'WEIGHTS' : weights}`,
    ...changed.map(({ key, value }) => {
      const option = rowOf(key).option.split(' ')[0]!;
      // A switch inverts its default, and is given only then.
      return typeof value === 'boolean' ? option : `${option} ${value}`;
    }),
    ...(changed.some(({ key }) => key === 'epochs') ? [] : [`--epochs ${settings.epochs}`]),
    ...(changed.some(({ key }) => key === 'seed') ? [] : [`--seed ${settings.seed}`]),
    ...(weightsSha256 === null ? [] : [`# ${networkTable[network].title}: SHA-256 ${weightsSha256}`]),
  ].join(' ');
}

/** Quoted for a POSIX shell. */
const quoted = (text: string): string =>
  /^[\w.,:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
