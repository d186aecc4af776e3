import { z } from 'zod';
import type { WeightsFound } from '../../../src-main/contract/doctor-report.ts';
import type { MachineDevice } from '../../../src-main/contract/devices.ts';
import { NetworkName, networkNames } from '../../../src-main/contract/networks.ts';
import {
  defaultSettings,
  isMet,
  noAugmentation,
  rowOf,
  type SettingsChange,
  type TrainingSettings,
} from '../../../src-main/contract/settings.ts';
import type { TrainingPreset } from '../../../src-main/contract/views.ts';
import type { Need } from '../../../src-main/contract/settings-table.ts';
import {
  type Changes,
  type Field,
  type FieldKey,
  fields,
  flatten,
  rangeOf,
  schemaOf,
  unflatten,
  type Value,
  type Values,
  weightChoices,
} from './fields.ts';
import { sentence, type Sentence } from '../../app/sentence.ts';
import { presetNames, presets, type PresetName } from './presets.ts';

/** What a person has put together so far. */
export type Draft = { networks: readonly NetworkName[]; preset: PresetName; changes: Changes };

/** One setting as the form shows it. */
export type FieldState = {
  field: Field;
  value: Value;
  /** What it is if the person leaves it alone. */
  standard: Value;
  /** Networks that have another standard than the one shown. */
  others: { network: NetworkName; value: Value }[];
  changed: boolean;
  problem: Sentence | null;
  /** Why it has no effect now; it is not sent then. */
  blocked: Sentence | null;
};

/** A network and whether it starts from pretrained weights. */
export type Start = { network: NetworkName; pretrained: boolean };

export type Form = {
  starts: readonly Start[];
  fields: ReadonlyMap<FieldKey, FieldState>;
  problems: number;
  changed: number;
  /** What to ask the core for. */
  change: SettingsChange;
};

export type Surroundings = {
  weights: readonly Pick<WeightsFound, 'network' | 'present' | 'batchNormFolded'>[];
  /** Whether the split has images to validate with. */
  hasValidation: boolean;
  /** What would be trained on; left out until it is known. */
  devices?: readonly Pick<MachineDevice, 'kind' | 'name' | 'computeCapability' | 'bfloat16'>[] | undefined;
  title: (network: NetworkName) => string;
};

/** Works out every setting for the networks that are ticked. */
export function formOf(draft: Draft, around: Surroundings): Form {
  const preset = presets[draft.preset];
  const asked: Changes = { ...preset, ...draft.changes };
  const starts = startsOf(draft.networks, asked.weights ?? 'auto', around);
  // With nothing ticked the form still shows something true: the first network's settings.
  const shown = starts.length > 0 ? starts : startsOf([networkNames[0]], asked.weights ?? 'auto', around);
  const standards = shown.map((start): Start & { values: Values } => ({
    ...start,
    values: { ...standardsOf(start, asked), ...preset },
  }));
  const first = standards[0]!.values;
  const valueOf = (key: FieldKey): Value =>
    key in draft.changes ? (draft.changes[key] as Value) : first[key];
  const blocked = blockedFields(shown, valueOf, around);

  const states = new Map<FieldKey, FieldState>();
  for (const field of fields) {
    const { key } = field;
    const others = standards
      .filter(({ values }) => values[key] !== first[key])
      .map(({ network, values }) => ({ network, value: values[key] }));
    const reason = blocked.get(key) ?? null;
    const value = reason ? first[key] : valueOf(key);
    states.set(key, {
      field,
      value,
      standard: first[key],
      others,
      changed: !reason && key in draft.changes && (value !== first[key] || others.length > 0),
      problem: reason ? null : problemOf(key, value, valueOf, draft.networks, around),
      blocked: reason,
    });
  }
  const all = [...states.values()];
  return {
    starts,
    fields: states,
    problems: all.filter(({ problem }) => problem).length,
    changed: all.filter(({ changed }) => changed).length,
    change: changeOf(asked, states),
  };
}

/** What presets are about. */
const presetKeys = [...new Set(presetNames.flatMap((name) => Object.keys(presets[name])))] as FieldKey[];

/** Whether a draft still trains as its preset says, whatever else was changed. */
export const isAsPreset = ({ changes }: Draft, form: Form): boolean =>
  presetKeys.every((key) => !(key in changes) || !form.fields.get(key)!.changed);

/** A preset is taken as a whole: what was changed of it is given up. */
export function withPreset(draft: Draft, preset: PresetName): Draft {
  return presetKeys.reduce<Draft>((less, key) => without(less, key), { ...draft, preset });
}

/** The draft as a person keeps it under a name: which networks are trained is another question. */
export const asOwnPreset = ({ preset, changes }: Draft, name: string): TrainingPreset => ({
  name,
  preset,
  changes,
});

/** A draft that trains as a preset of one's own says; what this Falx does not know of it is left out. */
export const withOwnPreset = ({ networks }: Draft, { preset, changes }: TrainingPreset): Draft => ({
  ...draftFrom({ networks, preset, changes }),
  networks,
});

/** Whether a draft trains just as a preset of one's own says. */
export function isAsOwnPreset(draft: Draft, preset: TrainingPreset): boolean {
  const own = withOwnPreset(draft, preset);
  const inOrder = ({ preset, changes }: Draft) =>
    JSON.stringify([preset, Object.entries(changes).toSorted(([a], [b]) => a.localeCompare(b))]);
  return inOrder(draft) === inOrder(own);
}

/** The draft with one setting changed; back at its standard it counts as left alone. */
export function withValue(draft: Draft, form: Form, key: FieldKey, value: Value): Draft {
  const state = form.fields.get(key)!;
  if (value === state.standard && state.others.length === 0) return without(draft, key);
  return { ...draft, changes: { ...draft.changes, [key]: value } };
}

export function without(draft: Draft, key: FieldKey): Draft {
  const { [key]: _, ...changes } = draft.changes;
  return { ...draft, changes };
}

/** Every picture as it is. */
export function withoutAugmentation(draft: Draft): Draft {
  const off = Object.entries(noAugmentation).map(([key, value]) => [`augmentation.${key}`, value] as const);
  return { ...draft, changes: { ...draft.changes, ...Object.fromEntries(off) } };
}

/** A draft that trains as an earlier run did. */
export function draftOf(settings: TrainingSettings, around: Surroundings): Draft {
  const { network } = settings;
  const auto = isStored(network, around) ? 'imagenet' : 'none';
  const pretrained = settings.weights !== 'none';
  const standard = standardsOf({ network, pretrained }, { epochs: settings.epochs });
  const changes: Changes = {};
  for (const [key, value] of Object.entries(flatten(settings)) as [FieldKey, Value][])
    if (key !== 'weights' && value !== standard[key]) changes[key] = value;
  if (settings.weights !== auto) changes.weights = settings.weights;
  // The preset that says most of it; what it says is no change then.
  const preset =
    presetNames.find((name) => {
      const said = Object.entries(presets[name]);
      return said.length > 0 && said.every(([key, value]) => changes[key as FieldKey] === value);
    }) ?? 'balanced';
  for (const key of Object.keys(presets[preset])) delete changes[key as FieldKey];
  return { networks: [network], preset, changes };
}

const KeptDraft = z.object({
  networks: z.array(NetworkName),
  preset: z.enum(presetNames),
  changes: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
});

/** Where a window remembers what has been put together. */
export const draftKey = 'falx.train.draft';

export const newDraft: Draft = { networks: networkNames, preset: 'balanced', changes: {} };

/** A draft as the window kept it; a new one where that makes no sense (any more). */
export function draftFrom(kept: unknown): Draft {
  const parsed = KeptDraft.safeParse(kept);
  if (!parsed.success) return newDraft;
  const known = fields.filter(({ key }) => key in parsed.data.changes);
  return {
    ...parsed.data,
    changes: Object.fromEntries(known.map(({ key }) => [key, parsed.data.changes[key]])),
  };
}

/** How a choice of weights is shown: a path is `file`. */
export const weightChoiceOf = (value: Value): (typeof weightChoices)[number] =>
  weightChoices.find((choice) => choice === value) ?? 'file';

const isOwnFile = (value: Value): boolean => weightChoiceOf(value) === 'file';

function startsOf(networks: readonly NetworkName[], weights: Value, around: Surroundings): Start[] {
  return networkNames
    .filter((network) => networks.includes(network))
    .map((network) => ({
      network,
      pretrained: weights === 'auto' ? isStored(network, around) : weights !== 'none',
    }));
}

const isStored = (network: NetworkName, { weights }: Surroundings): boolean =>
  weights.some((found) => found.network === network && found.present);

function standardsOf({ network, pretrained }: Start, asked: Changes): Values {
  const { epochs } = asked;
  const settings = defaultSettings(
    network,
    pretrained,
    undefined,
    typeof epochs === 'number' && schemaOf('epochs').safeParse(epochs).success ? epochs : undefined,
  );
  return { ...flatten(settings), epochs: defaultSettings(network, pretrained).epochs, weights: 'auto' };
}

/** Settings without effect beside the others, as the trainer carries them out. */
function blockedFields(
  starts: readonly Start[],
  valueOf: (key: FieldKey) => Value,
  around: Surroundings,
): Map<FieldKey, Sentence> {
  const blocked = new Map<FieldKey, Sentence>();
  const scratch = starts.filter(({ pretrained }) => !pretrained);
  for (const { key, needs = [], fromScratch } of fields) {
    const reason =
      fromScratch !== undefined && scratch.length > 0
        ? withoutWeights(scratch, around)
        : needs.map((need) => reasonAgainst(need, { starts, scratch, valueOf, around })).find(isReason);
    if (reason) blocked.set(key, reason);
  }
  return blocked;
}

type Situation = {
  starts: readonly Start[];
  scratch: readonly Start[];
  valueOf: (key: FieldKey) => Value;
  around: Surroundings;
};

const isReason = (reason: Sentence | null): reason is Sentence => reason !== null;

const withoutWeights = (scratch: readonly Start[], { title }: Surroundings): Sentence =>
  sentence('train.blocked.scratch', {
    count: scratch.length,
    networks: scratch.map(({ network }) => title(network)).join(', '),
  });

/** Why what a setting needs is not there; null where it is. */
function reasonAgainst(need: Need, { starts, scratch, valueOf, around }: Situation): Sentence | null {
  // It has an effect where it has one for any of the networks.
  const isMetBySettings = starts.some(({ pretrained }) =>
    isMet(need, {
      weights: pretrained ? 'imagenet' : 'none',
      unfreeze: scratch.length > 0 ? 'all' : (valueOf('unfreeze') as TrainingSettings['unfreeze']),
      headEpochs: valueOf('headEpochs') === 0 ? 0 : 1,
      optimiser: valueOf('optimiser') as TrainingSettings['optimiser'],
    }),
  );
  const { hasValidation, devices = [], weights, title } = around;
  const gpus = devices.filter(({ kind }) => kind === 'gpu');
  switch (need) {
    case 'pretrained':
      return isMetBySettings ? null : withoutWeights(scratch, around);
    case 'backbone':
      return isMetBySettings ? null : sentence('train.blocked.headOnly');
    case 'headPhase':
      return isMetBySettings ? null : sentence('train.blocked.noHead');
    case 'sgd':
      return isMetBySettings ? null : sentence('train.blocked.notSgd');
    case 'adamw':
      return isMetBySettings ? null : sentence('train.blocked.notAdamw');
    case 'validation':
      return hasValidation ? null : sentence('train.blocked.noValidation');
    case 'unfoldedNormalisation': {
      if (isOwnFile(valueOf('weights'))) return null;
      const folded = starts.filter(({ network }) =>
        weights.some((found) => found.network === network && found.batchNormFolded),
      );
      const networks = folded.map(({ network }) => title(network)).join(', ');
      return folded.length === 0 ? null : sentence('train.blocked.folded', { networks });
    }
    case 'bfloat16': {
      const without = devices.find(({ bfloat16 }) => !bfloat16);
      return without
        ? sentence(`train.blocked.noBfloat16.${without.kind}`, { name: without.name ?? '' })
        : null;
    }
    // Until it is known what would be trained on, nothing is said against it.
    case 'tensorFloat32': {
      const rounds = gpus.some(({ computeCapability }) => Number(computeCapability?.split('.')[0] ?? 8) >= 8);
      return devices.length === 0 || rounds ? null : sentence('train.blocked.noTensorFloat32');
    }
    case 'gpu':
      return devices.length === 0 || gpus.length > 0 ? null : sentence('train.blocked.sameAnyway');
  }
}

function problemOf(
  key: FieldKey,
  value: Value,
  valueOf: (key: FieldKey) => Value,
  networks: readonly NetworkName[],
  around: Surroundings,
): Sentence | null {
  if (key === 'weights') return problemOfWeights(value, networks, around);
  const range = rangeOf(key);
  if (!range) return null;
  if (!schemaOf(key).safeParse(value).success) {
    const kind = range.whole ? 'whole' : range.above ? 'above' : 'range';
    return sentence(`train.problem.${kind}`, { min: range.min, max: range.max });
  }
  const { atMost } = rowOf(key);
  if (!atMost) return null;
  const most = valueOf(atMost);
  // Against a limit that is wrong itself nothing can be said.
  const counts = typeof most === 'number' && schemaOf(atMost).safeParse(most).success;
  return counts && (value as number) > most ? sentence('train.problem.head', { epochs: most }) : null;
}

function problemOfWeights(
  value: Value,
  networks: readonly NetworkName[],
  around: Surroundings,
): Sentence | null {
  const choice = weightChoiceOf(value);
  if (choice === 'imagenet') {
    const missing = networks.filter((network) => !isStored(network, around));
    if (missing.length > 0)
      return sentence('train.problem.missing', {
        networks: missing.map(around.title).join(', '),
      });
  }
  if (choice !== 'file') return null;
  if (value === 'file') return sentence('train.problem.noFile');
  return networks.length > 1 ? sentence('train.problem.oneNetwork') : null;
}

function changeOf(asked: Changes, states: ReadonlyMap<FieldKey, FieldState>): SettingsChange {
  const sent = (Object.entries(asked) as [FieldKey, Value][]).filter(([key, value]) => {
    const { blocked, problem } = states.get(key)!;
    return !blocked && !problem && !(key === 'weights' && value === 'auto');
  });
  return unflatten(Object.fromEntries(sent));
}
