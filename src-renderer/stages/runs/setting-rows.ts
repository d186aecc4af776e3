import { isMet, standardFor, type TrainingSettings } from '../../../src-main/contract/settings.ts';
import { type FieldKey, fields, flatten, type GroupName, groupNames, type Value } from '../train/fields.ts';

export type SettingRow = {
  key: FieldKey;
  unit: string | undefined;
  value: Value;
  /** What it is unless a person changes it. */
  standard: Value;
  changed: boolean;
  /** Whether it had any effect beside the other settings. */
  used: boolean;
};

/** Every setting of a run beside the default for its network and weights, in the groups of the train screen. */
export function settingGroups(settings: TrainingSettings): { group: GroupName; rows: SettingRow[] }[] {
  const values = flatten(settings);
  const standard = standardFor(settings);
  return groupNames.map((group) => ({
    group,
    rows: fields
      .filter((field) => field.group === group)
      .map(({ key, unit, needs = [] }) => ({
        key,
        unit,
        value: values[key],
        standard: standard[key],
        changed: values[key] !== standard[key],
        used: needs.every((need) => isMet(need, settings)),
      })),
  }));
}
