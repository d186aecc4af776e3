import { choicesOf, choiceText, type Field, wordsOf } from './fields.ts';

/** Whether a setting matches a search: every word occurs in its name, help, choices, option or group. */
export function matchesSearch(field: Field, group: string, query: string): boolean {
  const { label, help } = wordsOf(field.key);
  const choices = (choicesOf(field.key) ?? []).map((choice) => choiceText(field.key, choice));
  const text = [label, help, group, field.option, ...choices].join('\n').toLocaleLowerCase();
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => text.includes(word));
}
