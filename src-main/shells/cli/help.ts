import type { Argument, HelpConfiguration, Option } from 'commander';
import { commandWords, filled } from '../../contract/messages/commands.ts';
import type { Language } from '../../contract/messages/languages.ts';
import { columnsOf } from '../../contract/messages/columns.ts';

/** Help in a language: commander has its own headings and notes only in English. */
export function helpIn(language: Language): HelpConfiguration {
  const { titles } = commandWords[language];
  const headings = new Map(
    (['usage', 'arguments', 'options', 'globalOptions', 'commands'] as const).map((name) => [
      commandWords.en.titles[name],
      titles[name],
    ]),
  );
  const described = ({ description, argChoices, defaultValue }: Described, shown: boolean): string => {
    const asides = [
      ...(argChoices
        ? [filled(titles.choices, { values: argChoices.map((one) => JSON.stringify(one)).join(', ') })]
        : []),
      ...(shown ? [filled(titles.byDefault, { value: JSON.stringify(defaultValue) })] : []),
    ];
    return asides.length > 0 ? `${description} (${asides.join(', ')})` : description;
  };
  return {
    showGlobalOptions: true,
    sortSubcommands: false,
    styleTitle: (title) => headings.get(title) ?? title,
    displayWidth: columnsOf,
    optionDescription: (option) =>
      described(option, option.defaultValue !== undefined && (option.required || option.optional)),
    argumentDescription: (argument) => described(argument, argument.defaultValue !== undefined),
  };
}

type Described = Pick<Option | Argument, 'description' | 'argChoices' | 'defaultValue'>;
