import type { MessageArguments } from '../messages/message-arguments.ts';
import type { Values } from './translator.ts';

export type MessageKey = keyof MessageArguments;

/** The values that a text of any of these keys needs: for a union of keys, those of all of them. */
export type ValuesOf<K extends MessageKey> = (
  K extends unknown ? (values: MessageArguments[K]) => void : never
) extends (values: infer A) => void
  ? A
  : never;

/** The values of a text as an argument, optional where it has none. */
export type ValuesGiven<K extends MessageKey> =
  object extends ValuesOf<K> ? [values?: ValuesOf<K>] : [values: ValuesOf<K>];

/** A text to be formatted later, in the language that is current then. */
export type Sentence = { readonly key: MessageKey; readonly values: Values };

export const sentence = <K extends MessageKey>(key: K, ...[values]: ValuesGiven<K>): Sentence => ({
  key,
  values: values ?? {},
});
