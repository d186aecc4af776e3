import { z } from 'zod';
import { NetworkName } from '../networks.ts';

type KindName =
  | 'text'
  | 'place'
  | 'number'
  | 'names'
  | 'counts'
  | 'network'
  | 'bytes'
  | 'seconds'
  | 'percent'
  | 'message'
  | 'brief'
  | 'messages'
  | 'list'
  | 'detail'
  | 'fact';

/** A message parameter's kind, which decides how it is written in a sentence. */
export type Kind<T = unknown> = {
  readonly kind: KindName;
  readonly schema: z.ZodType<T>;
  readonly optional: boolean;
};

/** What a library or the system says in its own words: shown apart from the sentence, and marked as such. */
export const Detail = z.object({
  /** Its source: `libvips`, `zlib`, `TensorFlow`, `SQLite`, `the system`. */
  from: z.string(),
  text: z.string(),
});
export type Detail = z.infer<typeof Detail>;

/** A message within a message, such as the reason why a file can't be read. */
export const Part = z.object({ code: z.string(), parameters: z.record(z.string(), z.unknown()) });

const kind = <T>(name: Kind['kind'], schema: z.ZodType<T>): Kind<T> => ({
  kind: name,
  schema,
  optional: false,
});

/** A name, path, id or word that is the same in every language: written as it is. */
export const text = kind('text', z.string());
/** A folder or file: the full path on the command line, its last name in a window, where the path does not matter. */
export const place = kind('place', z.string());
/** Formatted by the message (`{count, number}`, `{count, plural, …}`), as the language does. */
export const number = kind('number', z.number());
/** Names in quotation marks, separated by commas; after the eighth an ellipsis. */
export const names = kind('names', z.array(z.string()).readonly());
/** Names with their counts, written as names are: “yes” (3). */
export const counts = kind('counts', z.array(z.object({ name: z.string(), count: z.int() })).readonly());
/** A network, written as its paper writes it. */
export const network = kind('network', NetworkName);
/** A size in bytes, written in decimal units. */
export const bytes = kind('bytes', z.number());
/** A time in seconds, written by its two largest units. */
export const seconds = kind('seconds', z.number());
/** A share from 0 to 1, written in percent. */
export const percent = kind('percent', z.number());
/** Another message, written as a part of this one. */
export const message = kind('message', Part);
/** A reason beside which its file stands: written briefly, as in a table. */
export const brief = kind('brief', Part);
/** Several, or none, each written after a space: they follow a sentence. */
export const messages = kind('messages', z.array(Part).readonly());
/** Parts of a sentence, separated by commas. */
export const list = kind('list', z.array(Part).readonly());
/** A library's own words; never stands in the sentence. */
export const detail = kind('detail', Detail);

/** One of a few words that choose between sentences (`{of, select, …}`). */
export const choice = <const W extends readonly [string, ...string[]]>(...words: W): Kind<W[number]> =>
  kind('text', z.enum(words) as unknown as z.ZodType<W[number]>);

/** What a program or a screen needs and no sentence shows. */
export const fact = <T>(schema: z.ZodType<T>): Kind<T> => kind('fact', schema);

/** A parameter that may be missing; the sentence then gets an empty text for it. */
export const optional = <T>(of: Kind<T>): Kind<T> & { readonly optional: true } => ({
  ...of,
  optional: true,
});

type Kinds = Readonly<Record<string, Kind>>;
type OptionalKeys<P extends Kinds> = {
  [K in keyof P]: P[K] extends { readonly optional: true } ? K : never;
}[keyof P];

/** The values that a message with these parameters is made with. */
export type Values<P extends Kinds> = {
  readonly [K in Exclude<keyof P, OptionalKeys<P>>]: z.output<P[K]['schema']>;
} & { readonly [K in OptionalKeys<P>]?: z.output<P[K]['schema']> | undefined };
