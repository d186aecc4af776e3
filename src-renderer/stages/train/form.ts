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

/** The user's choices so far. */
export type Draft = { networks: readonly NetworkName[]; preset: PresetName; changes: Changes };

/** The state of one setting in the form. */
export type FieldState = {
  field: Field;
  value: Value;
  /** Its default for these networks and this preset. */
  defaultValue: Value;
  /** Networks whose default differs from the one shown. */
  others: { network: NetworkName; value: Value }[];
  changed: boolean;
  problem: Sentence | null;
  /** Why it has no effect now; it is then not sent. */
  blocked: Sentence | null;
};

/** A network and whether it starts from pretrained weights. */
export type Start = { network: NetworkName; pretrained: boolean };

export type Form = {
  starts: readonly Start[];
  fields: ReadonlyMap<FieldKey, FieldState>;
  problems: number;
  changed: number;
  /** The settings to send to the core. */
  change: SettingsChange;
};

export type Environment = {
  weights: readonly Pick<WeightsFound, 'network' | 'present' | 'batchNormFolded'>[];
  /** Whether the split has a validation set. */
  hasValidation: boolean;
  /** The devices in use; undefined until known. */
  devices?: readonly Pick<MachineDevice, 'kind' | 'name' | 'computeCapability' | 'bfloat16'>[] | undefined;
  title: (network: NetworkName) => string;
};

/** Computes the state of every setting for the selected networks. */
export function formOf(draft: Draft, environment: Environment): Form {
  const preset = presets[draft.preset];
  const requested: Changes = { ...preset, ...draft.changes };
  const starts = startsOf(draft.networks, requested.weights ?? 'auto', environment);
  // With no network selected the form still shows valid values: those of the first network.
  const shown =
    starts.length > 0 ? starts : startsOf([networkNames[0]], requested.weights ?? 'auto', environment);
  const defaultsByNetwork = shown.map((start): Start & { values: Values } => ({
    ...start,
    values: { ...defaultsOf(start, requested), ...preset },
  }));
  const first = defaultsByNetwork[0]!.values;
  const valueOf = (key: FieldKey): Value =>
    key in draft.changes ? (draft.changes[key] as Value) : first[key];
  const blocked = blockedFields(shown, valueOf, environment);

  const states = new Map<FieldKey, FieldState>();
  for (const field of fields) {
    const { key } = field;
    const others = defaultsByNetwork
      .filter(({ values }) => values[key] !== first[key])
      .map(({ network, values }) => ({ network, value: values[key] }));
    const reason = blocked.get(key) ?? null;
    const value = reason ? first[key] : valueOf(key);
    states.set(key, {
      field,
      value,
      defaultValue: first[key],
      others,
      changed: !reason && key in draft.changes && (value !== first[key] || others.length > 0),
      problem: reason ? null : problemOf(key, value, valueOf, draft.networks, environment),
      blocked: reason,
    });
  }
  const all = [...states.values()];
  return {
    starts,
    fields: states,
    problems: all.filter(({ problem }) => problem).length,
    changed: all.filter(({ changed }) => changed).length,
    change: changeOf(requested, states),
  };
}

/** The settings that presets change. */
const presetKeys = [...new Set(presetNames.flatMap((name) => Object.keys(presets[name])))] as FieldKey[];

/** Whether a draft trains as its preset does, whatever other settings were changed. */
export const matchesPreset = ({ changes }: Draft, form: Form): boolean =>
  presetKeys.every((key) => !(key in changes) || !form.fields.get(key)!.changed);

/** Applies a preset as a whole: changes of its settings are discarded. */
export function withPreset(draft: Draft, preset: PresetName): Draft {
  return presetKeys.reduce<Draft>((less, key) => without(less, key), { ...draft, preset });
}

/** The draft as a named preset of the user's; the networks are not part of it. */
export const asOwnPreset = ({ preset, changes }: Draft, name: string): TrainingPreset => ({
  name,
  preset,
  changes,
});

/** The draft with a user's preset applied; settings unknown to this version are dropped. */
export const withOwnPreset = ({ networks }: Draft, { preset, changes }: TrainingPreset): Draft => ({
  ...draftFrom({ networks, preset, changes }),
  networks,
});

/** Whether a draft trains exactly as a user's preset does. */
export function matchesOwnPreset(draft: Draft, preset: TrainingPreset): boolean {
  const own = withOwnPreset(draft, preset);
  const inOrder = ({ preset, changes }: Draft) =>
    JSON.stringify([preset, Object.entries(changes).toSorted(([a], [b]) => a.localeCompare(b))]);
  return inOrder(draft) === inOrder(own);
}

/** The draft with one setting changed; a value equal to the default counts as unchanged. */
export function withValue(draft: Draft, form: Form, key: FieldKey, value: Value): Draft {
  const state = form.fields.get(key)!;
  if (value === state.defaultValue && state.others.length === 0) return without(draft, key);
  return { ...draft, changes: { ...draft.changes, [key]: value } };
}

export function without(draft: Draft, key: FieldKey): Draft {
  const { [key]: _, ...changes } = draft.changes;
  return { ...draft, changes };
}

/** With all augmentation off. */
export function withoutAugmentation(draft: Draft): Draft {
  const off = Object.entries(noAugmentation).map(([key, value]) => [`augmentation.${key}`, value] as const);
  return { ...draft, changes: { ...draft.changes, ...Object.fromEntries(off) } };
}

/** A draft with the settings of an earlier run. */
export function draftOf(settings: TrainingSettings, environment: Environment): Draft {
  const { network } = settings;
  const auto = isStored(network, environment) ? 'imagenet' : 'none';
  const pretrained = settings.weights !== 'none';
  const defaults = defaultsOf({ network, pretrained }, { epochs: settings.epochs });
  const changes: Changes = {};
  for (const [key, value] of Object.entries(flatten(settings)) as [FieldKey, Value][])
    if (key !== 'weights' && value !== defaults[key]) changes[key] = value;
  if (settings.weights !== auto) changes.weights = settings.weights;
  // The first preset whose settings all match; they then count as unchanged.
  const preset =
    presetNames.find((name) => {
      const entries = Object.entries(presets[name]);
      return entries.length > 0 && entries.every(([key, value]) => changes[key as FieldKey] === value);
    }) ?? 'balanced';
  for (const key of Object.keys(presets[preset])) delete changes[key as FieldKey];
  return { networks: [network], preset, changes };
}

const KeptDraft = z.object({
  networks: z.array(NetworkName),
  preset: z.enum(presetNames),
  changes: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
});

/** localStorage key of the draft. */
export const draftKey = 'falx.train.draft';

export const newDraft: Draft = { networks: networkNames, preset: 'balanced', changes: {} };

/** A stored draft; a new one if it is invalid or outdated. */
export function draftFrom(kept: unknown): Draft {
  const parsed = KeptDraft.safeParse(kept);
  if (!parsed.success) return newDraft;
  const known = fields.filter(({ key }) => key in parsed.data.changes);
  return {
    ...parsed.data,
    changes: Object.fromEntries(known.map(({ key }) => [key, parsed.data.changes[key]])),
  };
}

/** The option shown for a value of the weights setting: a path is `file`. */
export const weightChoiceOf = (value: Value): (typeof weightChoices)[number] =>
  weightChoices.find((choice) => choice === value) ?? 'file';

const isOwnFile = (value: Value): boolean => weightChoiceOf(value) === 'file';

function startsOf(networks: readonly NetworkName[], weights: Value, environment: Environment): Start[] {
  return networkNames
    .filter((network) => networks.includes(network))
    .map((network) => ({
      network,
      pretrained: weights === 'auto' ? isStored(network, environment) : weights !== 'none',
    }));
}

const isStored = (network: NetworkName, { weights }: Environment): boolean =>
  weights.some((found) => found.network === network && found.present);

function defaultsOf({ network, pretrained }: Start, requested: Changes): Values {
  const { epochs } = requested;
  const settings = defaultSettings(
    network,
    pretrained,
    undefined,
    typeof epochs === 'number' && schemaOf('epochs').safeParse(epochs).success ? epochs : undefined,
  );
  return { ...flatten(settings), epochs: defaultSettings(network, pretrained).epochs, weights: 'auto' };
}

/** Settings without effect given the others, by the trainer's rules. */
function blockedFields(
  starts: readonly Start[],
  valueOf: (key: FieldKey) => Value,
  environment: Environment,
): Map<FieldKey, Sentence> {
  const blocked = new Map<FieldKey, Sentence>();
  const scratch = starts.filter(({ pretrained }) => !pretrained);
  for (const { key, needs = [], fromScratch } of fields) {
    const reason =
      fromScratch !== undefined && scratch.length > 0
        ? withoutWeights(scratch, environment)
        : needs.map((need) => unmetReason(need, { starts, scratch, valueOf, environment })).find(isReason);
    if (reason) blocked.set(key, reason);
  }
  return blocked;
}

type Situation = {
  starts: readonly Start[];
  scratch: readonly Start[];
  valueOf: (key: FieldKey) => Value;
  environment: Environment;
};

const isReason = (reason: Sentence | null): reason is Sentence => reason !== null;

const withoutWeights = (scratch: readonly Start[], { title }: Environment): Sentence =>
  sentence('train.blocked.scratch', {
    count: scratch.length,
    networks: scratch.map(({ network }) => title(network)).join(', '),
  });

/** Why a setting's requirement is not met; null if it is. */
function unmetReason(need: Need, { starts, scratch, valueOf, environment }: Situation): Sentence | null {
  // It has an effect if it has one for any of the networks.
  const isMetBySettings = starts.some(({ pretrained }) =>
    isMet(need, {
      weights: pretrained ? 'imagenet' : 'none',
      unfreeze: scratch.length > 0 ? 'all' : (valueOf('unfreeze') as TrainingSettings['unfreeze']),
      headEpochs: valueOf('headEpochs') === 0 ? 0 : 1,
      optimiser: valueOf('optimiser') as TrainingSettings['optimiser'],
    }),
  );
  const { hasValidation, devices = [], weights, title } = environment;
  const gpus = devices.filter(({ kind }) => kind === 'gpu');
  switch (need) {
    case 'pretrained':
      return isMetBySettings ? null : withoutWeights(scratch, environment);
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
    // Nothing is blocked until the devices are known.
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
  environment: Environment,
): Sentence | null {
  if (key === 'weights') return problemOfWeights(value, networks, environment);
  const range = rangeOf(key);
  if (!range) return null;
  if (!schemaOf(key).safeParse(value).success) {
    const kind = range.whole ? 'whole' : range.above ? 'above' : 'range';
    return sentence(`train.problem.${kind}`, { min: range.min, max: range.max });
  }
  const { atMost } = rowOf(key);
  if (!atMost) return null;
  const limit = valueOf(atMost);
  // Ignores a limit that is itself invalid.
  const counts = typeof limit === 'number' && schemaOf(atMost).safeParse(limit).success;
  return counts && (value as number) > limit ? sentence('train.problem.head', { epochs: limit }) : null;
}

function problemOfWeights(
  value: Value,
  networks: readonly NetworkName[],
  environment: Environment,
): Sentence | null {
  const choice = weightChoiceOf(value);
  if (choice === 'imagenet') {
    const missing = networks.filter((network) => !isStored(network, environment));
    if (missing.length > 0)
      return sentence('train.problem.missing', {
        networks: missing.map(environment.title).join(', '),
      });
  }
  if (choice !== 'file') return null;
  if (value === 'file') return sentence('train.problem.noFile');
  return networks.length > 1 ? sentence('train.problem.oneNetwork') : null;
}

function changeOf(requested: Changes, states: ReadonlyMap<FieldKey, FieldState>): SettingsChange {
  const sent = (Object.entries(requested) as [FieldKey, Value][]).filter(([key, value]) => {
    const { blocked, problem } = states.get(key)!;
    return !blocked && !problem && !(key === 'weights' && value === 'auto');
  });
  return unflatten(Object.fromEntries(sent));
}
