import type { Argument, Command, Option } from 'commander';
import { networkNames } from '../../../contract/networks.ts';
import { planes } from '../../../images/volume/slices.ts';
import { actions } from '../actions.ts';
import type { CommandLine } from '../main.ts';

/** Possible values, for completion. */
export type Values =
  | { readonly kind: 'choice' | 'list'; readonly of: readonly string[] } // a list is separated by commas
  | { readonly kind: 'file' | 'folder' | 'any' };

export type DescribedOption = {
  /** As typed, the short one first: ["-V", "--version"]. */
  readonly flags: readonly string[];
  readonly description: string;
  /** As shown in help, "<n>"; null for an option without a value. */
  readonly value: string | null;
  readonly values: Values;
};

export type DescribedArgument = {
  /** As shown in help: "<runs...>", "[action]". */
  readonly shown: string;
  readonly variadic: boolean;
  readonly values: Values;
};

export type Described = {
  /** As typed: ["falx"], ["falx", "train"]. */
  readonly path: readonly string[];
  readonly description: string;
  readonly example: string | null;
  readonly arguments: readonly DescribedArgument[];
  /** Without those of its parent commands. */
  readonly options: readonly DescribedOption[];
  readonly commands: readonly Described[];
};

/** Possible values of a placeholder, by its name in help. One that is missing here is free text. */
const placeholders: Record<string, Values> = {
  dir: { kind: 'folder' },
  target: { kind: 'file' },
  folder: { kind: 'folder' },
  file: { kind: 'file' },
  files: { kind: 'file' },
  csv: { kind: 'file' },
  html: { kind: 'file' },
  names: { kind: 'list', of: networkNames },
  plane: { kind: 'choice', of: planes },
};

/** Placeholders that are less specific than their command or option: "falx import <dir>" takes archives too. */
const particular: Record<string, Values> = {
  'falx import dir': { kind: 'file' },
  'falx split --by what': { kind: 'choice', of: ['twins', 'patient', 'none'] },
  ...Object.fromEntries(
    Object.entries(actions).map(([name, of]) => [
      `falx ${name} action`,
      { kind: 'choice', of: Object.keys(of) } as const,
    ]),
  ),
  'falx registry values': { kind: 'file' },
  'falx weights values': { kind: 'file' },
  'falx train --weights which': { kind: 'file' },
};

/** The commands as plain data, in the order of declaration. */
export function describe({ program, examples }: CommandLine): Described {
  const described = (command: Command, above: readonly string[]): Described => {
    const path = [...above, command.name()];
    return {
      path,
      description: command.description(),
      example: examples.get(command) ?? null,
      arguments: command.registeredArguments.map((argument) => describeArgument(argument, path)),
      options: command
        .createHelp()
        .visibleOptions(command)
        .map((option) => describeOption(option, path)),
      commands: command
        .createHelp()
        .visibleCommands(command)
        .map((one) => described(one, path)),
    };
  };
  return described(program, []);
}

function describeOption(option: Option, path: readonly string[]): DescribedOption {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  const value = /[<[].*$/.exec(option.flags)?.[0] ?? null;
  return {
    flags,
    description: option.description,
    value,
    values:
      value === null
        ? { kind: 'any' }
        : valuesOf([...path, flags.at(-1) ?? ''], value, option.argChoices ?? []),
  };
}

function describeArgument(argument: Argument, path: readonly string[]): DescribedArgument {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  const shown = argument.required ? `<${name}>` : `[${name}]`;
  return {
    shown,
    variadic: argument.variadic,
    values: valuesOf(path, shown, argument.argChoices ?? []),
  };
}

function valuesOf(path: readonly string[], shown: string, choices: readonly string[]): Values {
  if (choices.length > 0) return { kind: 'choice', of: choices };
  const name = shown.replace(/[<>[\].]/g, '');
  return particular[[...path, name].join(' ')] ?? placeholders[name] ?? { kind: 'any' };
}

/** A command and all its subcommands, itself first. */
export const withinAll = (one: Described): Described[] => [one, ...one.commands.flatMap(withinAll)];

/** The first sentence or clause, without parentheses, to fit on one line. */
export const short = (description: string) => description.split(/ ?\(|; |: /)[0]!;
