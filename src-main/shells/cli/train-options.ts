import { type Command, Option } from 'commander';
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
import { integer, number } from './numbers.ts';

/** As commander reads them: only what was typed is there, but for the `--no-…` ones. The settings are beside them. */
export type TrainOptions = {
  networks?: string;
  resume?: true | string[];
  devices?: string;
  augmentation: boolean;
  [setting: string]: unknown;
};

const fineTuning = flatten(defaultSettings('mobilenetv2', true));
const fromScratch = flatten(defaultSettings('mobilenetv2', false));

/** Declares the options of "falx train". Those of the settings, and the defaults, are the contract's. */
export function addTrainingOptions(command: Command): void {
  command
    .option('--networks <names>', `${networkNames.join(', ')}, with commas between (default: all)`)
    .option(
      '--resume [runs...]',
      'go on with interrupted runs (all of them if none is named) instead of new ones',
    )
    .option(
      '--devices <which>',
      'auto, all (GPUs), gpu (one), cpu, or UUIDs of GPUs with commas between: each trains a run at a time; cpu:2 trains two on half the cores each (default: as in Settings)',
    )
    .option('--no-augmentation', 'train on the images as they are');
  for (const key of settingRows.keys()) command.addOption(optionOf(key));
}

function optionOf(key: SettingKey): Option {
  const { option } = settingRows.get(key)!;
  const { option: text } = settingWords.en[nameOf(key)];
  const declared = new Option(option, `${text}${byDefault(key)}`);
  const [choices, range] = [choicesOf(key), rangeOf(key)];
  if (choices) return declared.choices(choices);
  return range ? declared.argParser(range.whole ? integer : number) : declared;
}

/**
 * The default of a choice or number in words, for fine-tuning and, where it is another one, for training from scratch.
 * An option for a switch is there because it turns the default round, and the weights' own words say theirs.
 */
function byDefault(key: SettingKey): string {
  if (key === 'weights' || typeof fineTuning[key] === 'boolean') return '';
  const [tuned, scratch] = [fineTuning[key], fromScratch[key]];
  return tuned === scratch ? ` (default: ${tuned})` : ` (default: ${tuned}, from scratch ${scratch})`;
}

/** What was typed, as a change of the settings; what was not is left out. */
export function settingsTyped(options: TrainOptions): SettingsChange {
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const [key, { option }] of settingRows) {
    const { negate } = new Option(option);
    const typed = options[new Option(option).attributeName()];
    // Commander has true for a `--no-…` that was not typed.
    const isSwitch = typeof fineTuning[key] === 'boolean';
    if (isSwitch ? typed === !negate : typed !== undefined) values[key] = isSwitch ? !fineTuning[key] : typed;
  }
  const change = unflatten(values);
  return options.augmentation ? change : { ...change, augmentation: false };
}
