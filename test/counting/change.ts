import type { Tree } from './tree.ts';

/** Something that is often added to Falx, and how many files that may touch. */
export type Change = {
  /** As for `--only`. */
  name: string;
  title: string;
  /** Maximum number of files outside tests and docs. */
  most: number;
  /** How many it took before there was one table of these. */
  before: string;
  /** Makes the change by the recipe of CONTRIBUTING.md, and nothing more. */
  make: (tree: Tree) => void;
  /** Throws unless it works end to end. Types, lint and format are checked for all changes. */
  show: (tree: Tree) => Promise<void>;
};
