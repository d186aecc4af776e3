import { type SettingWords, settingWords } from '../../../src-main/contract/messages/training-settings.ts';
import {
  choicesOf as choicesOfSetting,
  nameOf,
  type SettingKey,
  settingRows,
} from '../../../src-main/contract/settings.ts';
import type { SettingGroup, SettingRow } from '../../../src-main/contract/settings-table.ts';
import { language } from '../../app/language.ts';

export { flatten, nameOf, rangeOf, schemaOf, unflatten } from '../../../src-main/contract/settings.ts';
export { settingGroups as groupNames } from '../../../src-main/contract/settings-table.ts';

/** The settings of the contract's table, with their texts, for the advanced form. */

export type FieldKey = SettingKey;
export type GroupName = SettingGroup;
export type Field = SettingRow & { key: FieldKey };
/** Null is an empty number field; it is never sent. */
export type Value = number | string | boolean | null;
export type Values = Record<FieldKey, Value>;
export type Changes = Partial<Values>;

/** In the form's order. */
export const fields: readonly Field[] = [...settingRows].map(([key, row]) => ({ key, ...row }));

/** `auto`: ImageNet where the file is stored, else from scratch; `file`: the user's own file. */
export const weightChoices = ['auto', 'imagenet', 'none', 'file'] as const;

/** The values of a choice; null for a number or a switch. The weights setting also accepts a file's path. */
export const choicesOf = (key: FieldKey): readonly string[] | null =>
  key === 'weights' ? weightChoices : choicesOfSetting(key);

/** A setting's label and help, in the current language. */
export const wordsOf = (key: FieldKey): SettingWords => settingWords[language.current][nameOf(key)];

/** The label of a choice's value. */
export const choiceText = (key: FieldKey, value: string): string => wordsOf(key).choices?.[value] ?? value;
