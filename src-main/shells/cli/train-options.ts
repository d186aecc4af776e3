import { type Command, Option } from 'commander';
import { commandWords, filled } from '../../contract/messages/commands.ts';
import type { Language } from '../../contract/messages/languages.ts';
import { settingWords } from '../../contract/messages/training-settings.ts';
import { networkNames } from '../../contract/networks.ts';
import {
  choicesOf,
  defaultSettings,
  flatten,
  nameOf,
  rangeOf,
  type SettingKey,
  settingRows,
  type SettingsChange,
  unflatten,
} from '../../contract/settings.ts';
import { integer, number, positiveInteger } from './numbers.ts';

/** As parsed by commander: only options that were typed, except the `--no-…` ones. The settings are beside them. */
export type TrainOptions = {
  networks?: string;
  resume?: true | string[];
  devices?: string;
  repeat?: number;
  learningCurve?: true | string;
  augmentation: boolean;
  [setting: string]: unknown;
};

const fineTuning = flatten(defaultSettings('mobilenetv2', true));
const fromScratch = flatten(defaultSettings('mobilenetv2', false));

/** Declares the options of "falx train". Those of the settings, and the defaults, come from the contract. */
export function addTrainingOptions(command: Command, language: Language): void {
  const words = commandWords[language].train;
  command
    .option('--networks <names>', filled(words.networks, { networks: networkNames.join(', ') }))
    .option('--resume [runs...]', words.resume)
    .option('--devices <which>', words.devices)
    .option('--repeat <n>', words.repeat, positiveInteger)
    .option('--learning-curve [percents]', words.learningCurve)
    .option('--no-augmentation', words.noAugmentation);
  for (const key of settingRows.keys()) command.addOption(optionOf(key, language));
}

function optionOf(key: SettingKey, language: Language): Option {
  const { option } = settingRows.get(key)!;
  const { option: text } = settingWords[language][nameOf(key)];
  const declared = new Option(option, `${text}${byDefault(key, language)}`);
  const [choices, range] = [choicesOf(key), rangeOf(key)];
  if (choices) return declared.choices(choices);
  return range ? declared.argParser(range.whole ? integer : number) : declared;
}

/**
 * The default of a choice or number as text, for fine-tuning and, if it differs, for training from scratch. An option for a switch
 * exists because it inverts the default, and the weights' own text states theirs.
 */
function byDefault(key: SettingKey, language: Language): string {
  if (key === 'weights' || typeof fineTuning[key] === 'boolean') return '';
  const [tuned, scratch] = [fineTuning[key], fromScratch[key]];
  const { byDefault: one, byDefaultScratch: two } = commandWords[language].train;
  return ` ${filled(tuned === scratch ? one : two, { tuned, scratch })}`;
}

/** The typed options as a change of the settings; others are left out. */
export function settingsTyped(options: TrainOptions): SettingsChange {
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const [key, { option }] of settingRows) {
    const { negate } = new Option(option);
    const typed = options[new Option(option).attributeName()];
    // Commander returns true for a `--no-…` that was not typed.
    const isSwitch = typeof fineTuning[key] === 'boolean';
    if (isSwitch ? typed === !negate : typed !== undefined) values[key] = isSwitch ? !fineTuning[key] : typed;
  }
  const change = unflatten(values);
  return options.augmentation ? change : { ...change, augmentation: false };
}
