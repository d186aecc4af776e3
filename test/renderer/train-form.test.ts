import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { settingWords } from '../../src-main/contract/messages/training-settings.ts';
import { type NetworkName, networkNames } from '../../src-main/contract/networks.ts';
import { defaultSettings, SettingsChange, TrainingSettings } from '../../src-main/contract/settings.ts';
import { resolveSettings } from '../../src-main/train/resolve-settings.ts';
import english from '../../src-renderer/messages/en/train.json' with { type: 'json' };
import korean from '../../src-renderer/messages/ko/train.json' with { type: 'json' };
import {
  choicesOf,
  type Changes,
  type FieldKey,
  fields,
  groupNames,
  nameOf,
  rangeOf,
} from '../../src-renderer/stages/train/fields.ts';
import {
  asOwnPreset,
  type Draft,
  draftFrom,
  draftOf,
  formOf,
  matchesOwnPreset,
  newDraft,
  type Environment,
  without,
  withoutAugmentation,
  withOwnPreset,
  withValue,
} from '../../src-renderer/stages/train/form.ts';
import { matchesSearch } from '../../src-renderer/stages/train/search-settings.ts';
import { presetNames, presets } from '../../src-renderer/stages/train/presets.ts';

/** As a JSON Schema, which zod generates: the reference for the table of fields. */
const schema = z.toJSONSchema(TrainingSettings, { io: 'input' }) as unknown as Tree;
type Tree = Limits & { properties?: Record<string, Tree> };
type Limits = {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
};

/** Every setting by its path, such as `augmentation.rotation`. */
function leaves(tree: Tree, above: string[] = []): [string, Limits][] {
  return Object.entries(tree.properties ?? {}).flatMap(([name, inner]): [string, Limits][] =>
    inner.properties ? leaves(inner, [...above, name]) : [[[...above, name].join('.'), inner]],
  );
}

const around = (stored: readonly NetworkName[] = networkNames, hasValidation = true): Environment => ({
  weights: networkNames.map((network) => ({
    network,
    present: stored.includes(network),
    batchNormFolded: false,
  })),
  hasValidation,
  title: (network) => network,
});
const draft = (
  changes: Changes,
  networks: readonly NetworkName[] = ['mobilenetv2'],
  preset: Draft['preset'] = 'balanced',
) => ({
  networks,
  preset,
  changes,
});
type Grouped = Record<'group' | 'groupText', Readonly<Partial<Record<string, string>>>>;
const state = (of: Draft, key: FieldKey, where = around()) => formOf(of, where).fields.get(key)!;

describe('the fields', () => {
  // The name of an imported model's layer is not a setting.
  const known = leaves(schema).filter(
    ([path]) => path !== 'network' && path !== 'pixels.version' && !path.startsWith('imported'),
  );
  const limits = new Map(known.map(([path, of]) => [path.replace(/^pixels\./, ''), of]));

  test('are one for every setting that can be changed, in a group', () => {
    expect(fields.map(({ key }) => key).sort()).toEqual([...limits.keys()].sort());
    expect(new Set(fields.map(({ group }) => group))).toEqual(new Set(groupNames));
  });

  test.each(fields.map(({ key }) => key))('%s has the limits of the contract', (key) => {
    const { type, minimum, maximum, exclusiveMinimum, enum: values } = limits.get(key)!;
    const isNumber = type === 'number' || type === 'integer';
    expect(rangeOf(key)).toEqual(
      isNumber
        ? {
            min: exclusiveMinimum ?? minimum,
            max: maximum,
            above: exclusiveMinimum !== undefined,
            whole: type === 'integer',
          }
        : null,
    );
    if (values) expect(choicesOf(key)).toEqual(values);
    else if (key !== 'weights') expect(choicesOf(key)).toBeNull();
  });

  test.each([
    ['English', settingWords.en, english],
    ['Korean', settingWords.ko, korean],
  ])('have their texts in %s', (_, settings, { group, groupText }: Grouped) => {
    for (const { key } of fields) {
      const name = nameOf(key);
      const { label, help, option, choices: named } = settings[name];
      expect(label, name).toEqual(expect.stringMatching(/\S/));
      expect(help, name).toEqual(expect.stringMatching(/\S{2}.*\.$/));
      expect(option, name).toEqual(expect.stringMatching(/\S{2}.*[^.]$/));
      const choices = choicesOf(key);
      if (choices) expect(Object.keys(named!).sort(), name).toEqual([...choices].sort());
    }
    expect(Object.keys(settings).sort()).toEqual(fields.map(({ key }) => nameOf(key)).sort());
    for (const name of groupNames)
      expect([group?.[name], groupText?.[name]]).toEqual([expect.any(String), expect.any(String)]);
  });
});

describe('the form', () => {
  test('of someone who changes nothing asks for nothing but the defaults', () => {
    expect(formOf(newDraft, around())).toMatchObject({ change: {}, problems: 0, changed: 0 });
    expect(formOf(newDraft, around([])).starts).toMatchObject(
      networkNames.map((network) => ({ network, pretrained: false })),
    );
  });

  test.each(
    networkNames.flatMap((network) => [true, false].map((pretrained) => [network, pretrained] as const)),
  )('shows the settings that the core would take: %s, pretrained %s', (network, pretrained) => {
    for (const preset of presetNames) {
      const form = formOf(draft({}, [network], preset), around(pretrained ? [network] : []));
      const taken = resolveSettings(
        network,
        pretrained ? 'imagenet' : 'none',
        SettingsChange.parse(form.change),
      );
      for (const [key, { value }] of form.fields) {
        if (key === 'weights') continue;
        const path = key.startsWith('augmentation.') ? key.split('.') : [key];
        const inPixels = ['imageSize', 'canvas', 'crop', 'window'].includes(key);
        const expected = (inPixels ? ['pixels', ...path] : path).reduce<unknown>(
          (at, name) => (at as Record<string, unknown>)[name],
          taken,
        );
        expect(value, key).toBe(expected);
      }
    }
  });

  test('marks a change, sends it, and forgets it at its default', () => {
    const at20 = withValue(newDraft, formOf(newDraft, around()), 'augmentation.rotation', 20);
    const form = formOf(at20, around());
    expect(form).toMatchObject({ changed: 1, change: { augmentation: { rotation: 20 } } });
    expect(form.fields.get('augmentation.rotation')).toMatchObject({
      value: 20,
      defaultValue: 10,
      changed: true,
    });
    expect(withValue(at20, form, 'augmentation.rotation', 10)).toEqual(newDraft);
    expect(without(at20, 'augmentation.rotation')).toEqual(newDraft);
  });

  test('shows networks whose default is another', () => {
    const mixed = formOf(newDraft, around(['mobilenetv2']));
    expect(mixed.fields.get('learningRate')).toMatchObject({
      value: 2e-4,
      others: networkNames
        .filter((network) => network !== 'mobilenetv2')
        .map((network) => ({ network, value: 1e-3 })),
    });
    // Where the networks differ, even choosing the shown default is a change: it then applies to all of them.
    const chosen = withValue(newDraft, mixed, 'learningRate', 2e-4);
    expect(formOf(chosen, around(['mobilenetv2'])).change).toEqual({ learningRate: 2e-4 });
  });

  test('a preset moves the defaults, and changes stay on top of it', () => {
    const quick = draft({ epochs: 8 }, ['mobilenetv2'], 'quick');
    expect(formOf(quick, around()).change).toEqual({ ...presets.quick, epochs: 8 });
    expect(state(quick, 'imageSize')).toMatchObject({
      defaultValue: presets.quick.imageSize,
      changed: false,
    });
    expect(state(quick, 'epochs')).toMatchObject({ defaultValue: presets.quick.epochs, changed: true });
  });

  test('the head gets fewer of few epochs', () => {
    const heads = [1, 3, 6, 12].map((epochs) => state(draft({ epochs }), 'headEpochs').value);
    expect(heads).toEqual([0, 1, 2, 2]);
  });

  test.each<[Changes, FieldKey, string]>([
    [{ epochs: 0 }, 'epochs', 'train.problem.whole'],
    [{ epochs: 2.5 }, 'epochs', 'train.problem.whole'],
    [{ epochs: null }, 'epochs', 'train.problem.whole'],
    [{ imageSize: 600 }, 'imageSize', 'train.problem.whole'],
    [{ learningRate: 0 }, 'learningRate', 'train.problem.above'],
    [{ dropout: 0.95 }, 'dropout', 'train.problem.range'],
    [{ 'augmentation.rotation': 181 }, 'augmentation.rotation', 'train.problem.range'],
    [{ epochs: 3, headEpochs: 4 }, 'headEpochs', 'train.problem.head'],
    [{ weights: 'file' }, 'weights', 'train.problem.noFile'],
  ])('finds what is wrong with %j', (changes, key, problem) => {
    const form = formOf(draft(changes), around());
    expect(form.fields.get(key)?.problem?.key).toBe(problem);
    expect(form.problems).toBe(1);
    expect(form.change).not.toHaveProperty(key);
  });

  test('a weight file is for one network, and ImageNet has to be stored', () => {
    expect(state(draft({ weights: '/w/a.h5' }, networkNames), 'weights').problem?.key).toBe(
      'train.problem.oneNetwork',
    );
    expect(state(draft({ weights: '/w/a.h5' }), 'weights').problem).toBeNull();
    expect(
      state(draft({ weights: 'imagenet' }, networkNames), 'weights', around(['resnet50'])).problem,
    ).toEqual({
      key: 'train.problem.missing',
      values: { networks: networkNames.filter((name) => name !== 'resnet50').join(', ') },
    });
  });

  test.each<[string, Changes, readonly NetworkName[], FieldKey[]]>([
    ['from scratch', {}, [], ['unfreeze', 'batchNorm', 'headEpochs', 'headLearningRate', 'momentum']],
    ['pretrained', {}, networkNames, ['momentum']],
    [
      'pretrained, the head only',
      { unfreeze: 'none' },
      networkNames,
      ['headEpochs', 'learningRate', 'momentum'],
    ],
    ['pretrained, no head epochs', { headEpochs: 0 }, networkNames, ['headLearningRate', 'momentum']],
    ['with SGD', { optimiser: 'sgd' }, networkNames, ['weightDecay']],
    ['with Adam', { optimiser: 'adam' }, networkNames, ['momentum', 'weightDecay']],
  ])('%s, blocks what has no effect', (_, changes, stored, expected) => {
    const form = formOf(draft(changes), around(stored));
    const blocked = [...form.fields.values()].filter(({ blocked }) => blocked).map(({ field }) => field.key);
    expect(blocked.sort()).toEqual([...expected].sort());
  });

  test('keeps the statistics where the stored weights have them folded in', () => {
    const where = {
      ...around(),
      weights: [{ network: 'mobilenetv2' as const, present: true, batchNormFolded: true }],
    };
    expect(state(draft({ batchNorm: 'batch' }), 'batchNorm', where)).toMatchObject({
      value: 'inference',
      blocked: { key: 'train.blocked.folded', values: { networks: 'mobilenetv2' } },
    });
    // The user's own file is read when the run is queued: its content is not known before.
    const own = draft({ batchNorm: 'batch', weights: '/w/own.h5' });
    expect(state(own, 'batchNorm', where).blocked).toBeNull();
  });

  test('sends nothing that is blocked, so that the core never refuses it', () => {
    const changes: Changes = {
      unfreeze: 'last',
      batchNorm: 'inference',
      headEpochs: 3,
      patience: 9,
      seed: 5,
    };
    const form = formOf(draft(changes), around([], false));
    expect(form.change).toEqual({ seed: 5 });
    expect(() => resolveSettings('mobilenetv2', 'none', form.change)).not.toThrow();
    expect(form.fields.get('unfreeze')).toMatchObject({ value: 'all', changed: false });
  });

  test('turns every augmentation off at once', () => {
    const { change } = formOf(withoutAugmentation(newDraft), around());
    const { augmentation } = resolveSettings('resnet50', 'imagenet', SettingsChange.parse(change));
    expect(augmentation).toEqual(
      resolveSettings('resnet50', 'imagenet', { augmentation: false }).augmentation,
    );
  });
});

describe('a draft', () => {
  test.each<[string, TrainingSettings, readonly NetworkName[]]>([
    ['defaults', defaultSettings('resnet50', true), networkNames],
    ['from scratch', defaultSettings('densenet121', false, 96), []],
    ['from scratch though weights are stored', defaultSettings('densenet121', false, 96), networkNames],
    [
      'much changed',
      {
        ...defaultSettings('mobilenetv2', true, 64, 3),
        weights: '/w/own.h5',
        unfreeze: 'last',
        headEpochs: 2,
        optimiser: 'sgd',
        momentum: 0.8,
        augmentation: { ...defaultSettings('mobilenetv2', true).augmentation, flipVertical: true, zoom: 0 },
      },
      networkNames,
    ],
  ])('trains as the run it was taken from: %s', (_, settings, stored) => {
    const { change, starts } = formOf(draftOf(settings, around(stored)), around(stored));
    const weights = change.weights ?? (starts[0]!.pretrained ? 'imagenet' : 'none');
    expect(resolveSettings(settings.network, weights, SettingsChange.parse(change))).toEqual(settings);
  });

  test('survives being kept, and one that makes no sense is a new one', () => {
    const kept = draft({ epochs: 3, 'augmentation.zoom': null }, ['resnet50'], 'quick');
    expect(draftFrom(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
    expect(draftFrom({ ...kept, changes: { epochs: 3, gone: 1 } }).changes).toEqual({ epochs: 3 });
    for (const nonsense of [null, 7, {}, { ...kept, preset: 'fast' }, { ...kept, networks: ['vgg'] }])
      expect(draftFrom(nonsense)).toEqual(newDraft);
  });
});

describe('what is trained on', () => {
  const blocked = (...devices: NonNullable<Environment['devices']>[number][]) => {
    const form = formOf(draft({ precision: 'bfloat16', tensorFloat32: false, deterministic: true }), {
      ...around(),
      devices,
    });
    const keys = ['precision', 'tensorFloat32', 'deterministic'] as const;
    return [...keys.map((key) => form.fields.get(key)!.blocked?.key ?? null), form.change.precision];
  };
  const gpu = (computeCapability: string | null) => ({
    kind: 'gpu' as const,
    name: 'a GPU',
    computeCapability,
    bfloat16: computeCapability !== null && Number(computeCapability) >= 8,
  });
  const processor = (bfloat16: boolean) => ({
    kind: 'cpu' as const,
    name: 'a processor',
    computeCapability: null,
    bfloat16,
  });

  test('decides which settings have an effect', () => {
    expect(blocked(gpu('8.6'))).toEqual([null, null, null, 'bfloat16']);
    expect(blocked(gpu('8.6'), gpu('7.5'))).toEqual(['train.blocked.noBfloat16.gpu', null, null, undefined]);
    expect(blocked(gpu('7.5'))).toEqual([
      'train.blocked.noBfloat16.gpu',
      'train.blocked.noTensorFloat32',
      null,
      undefined,
    ]);
    // An old driver doesn't say: a setting that may have an effect is not blocked.
    expect(blocked({ ...gpu(null), bfloat16: true })).toEqual([null, null, null, 'bfloat16']);
    const onProcessor = ['train.blocked.noTensorFloat32', 'train.blocked.sameAnyway'];
    expect(blocked(processor(true))).toEqual([null, ...onProcessor, 'bfloat16']);
    expect(blocked(processor(false))).toEqual(['train.blocked.noBfloat16.cpu', ...onProcessor, undefined]);
  });

  test('is not guessed before it is known', () => {
    const form = formOf(draft({ precision: 'bfloat16', deterministic: true }), around());
    expect(form.change).toMatchObject({ precision: 'bfloat16', deterministic: true });
  });
});

describe('a preset of one’s own', () => {
  const kept = asOwnPreset(draft({ crop: 'head', 'augmentation.rotation': 25 }), 'Cropped');

  test('is taken as a whole, whatever was changed before, and leaves the choice of networks alone', () => {
    const taken = withOwnPreset({ ...draft({ epochs: 3 }), networks: ['resnet50'] }, kept);
    expect(taken.networks).toEqual(['resnet50']);
    expect(formOf(taken, around()).change).toEqual({ crop: 'head', augmentation: { rotation: 25 } });
    expect(matchesOwnPreset(taken, kept)).toBe(true);
  });

  test('is no longer what the form says once something else is changed', () => {
    const taken = withOwnPreset(newDraft, kept);
    expect(matchesOwnPreset(withValue(taken, formOf(taken, around()), 'epochs', 30), kept)).toBe(false);
    expect(matchesOwnPreset(newDraft, kept)).toBe(false);
  });

  test('that another Falx kept loses only what this one does not know', () => {
    const other = { ...kept, changes: { ...kept.changes, wobble: 3 } };
    expect(withOwnPreset(newDraft, other).changes).toEqual(kept.changes);
    expect(withOwnPreset(newDraft, { ...kept, preset: 'heroic' })).toEqual(newDraft);
  });
});

describe('looking for a setting', () => {
  const found = (typed: string) =>
    fields.filter((field) => matchesSearch(field, english.group[field.group], typed)).map(({ key }) => key);

  test('finds it by its name, its choices, its option and its group, each word counting', () => {
    expect(found('learning rate')).toContain('learningRate');
    expect(found('--crop')).toEqual(['crop']);
    expect(found('adamw')).toContain('optimiser');
    expect(found('AUGMENTATION')).toEqual(
      expect.arrayContaining(fields.filter(({ group }) => group === 'augmentation').map(({ key }) => key)),
    );
    expect(found('rotation xyz')).toEqual([]);
    expect(found('  ')).toHaveLength(fields.length);
  });
});
