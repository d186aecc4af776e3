import { choicesOf, choiceText, type Field, wordsOf } from './fields.ts';

/** Whether a setting is meant by what was typed: each word stands somewhere in its name, help, choices, option or group. */
export function isMeant(field: Field, group: string, typed: string): boolean {
  const { label, help } = wordsOf(field.key);
  const choices = (choicesOf(field.key) ?? []).map((choice) => choiceText(field.key, choice));
  const text = [label, help, group, field.option, ...choices].join('\n').toLocaleLowerCase();
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => text.includes(word));
}
