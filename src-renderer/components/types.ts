import type { LucideIcon } from '@lucide/svelte';
import type { Snippet } from 'svelte';
import type { Data, Layout } from 'plotly.js-dist';

/** An icon of @lucide/svelte/icons. */
export type Icon = LucideIcon;

/** One option of a select, or one radio card, which has room for `text`. */
export type Option<Value extends string = string> = {
  value: Value;
  label: string;
  text?: string | undefined;
  disabled?: boolean | undefined;
};

export type Tab = {
  value: string;
  label: string;
  count?: number | undefined;
  /** A short result, where it matters. */
  badge?: { kind: 'ok' | 'warn' | 'danger'; text: string } | undefined;
};

export type Column<Row> = {
  key: string;
  label: string;
  /** One line that explains the label. */
  help?: string | undefined;
  align?: 'start' | 'end' | undefined;
  /** The sort value; without it the column is not sortable. Null comes last. */
  sortValue?: ((row: Row) => string | number | null | undefined) | undefined;
  /** Renders a cell, given the column's key; by default `text` is shown. */
  cell?: Snippet<[row: Row, key: string]> | undefined;
  text?: ((row: Row) => string | number | null | undefined) | undefined;
  /** CSS width, such as `8rem`. */
  width?: string | undefined;
};

export type Sort = { key: string; descending: boolean };

/** A plotly.js figure with a description in words and its data as a table. Colours are written `var(--name)`. */
export type Figure = {
  data: Partial<Data>[];
  layout: Partial<Layout>;
  description: string;
  table?: { columns: string[]; rows: (string | number | null)[][] } | undefined;
};
