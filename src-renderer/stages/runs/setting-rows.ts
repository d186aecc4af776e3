import { isMet, standardFor, type TrainingSettings } from '../../../src-main/contract/settings.ts';
import { type FieldKey, fields, flatten, type GroupName, groupNames, type Value } from '../train/fields.ts';

export type SettingRow = {
  key: FieldKey;
  unit: string | undefined;
  value: Value;
  /** Its default. */
  defaultValue: Value;
  changed: boolean;
  /** Whether it had any effect, given the other settings. */
  used: boolean;
};

/** All settings of a run with the defaults for its network and weights, in the groups of the train screen. */
export function settingGroups(settings: TrainingSettings): { group: GroupName; rows: SettingRow[] }[] {
  const values = flatten(settings);
  const defaults = standardFor(settings);
  return groupNames.map((group) => ({
    group,
    rows: fields
      .filter((field) => field.group === group)
      .map(({ key, unit, needs = [] }) => ({
        key,
        unit,
        value: values[key],
        defaultValue: defaults[key],
        changed: values[key] !== defaults[key],
        used: needs.every((need) => isMet(need, settings)),
      })),
  }));
}
