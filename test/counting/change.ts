import type { Tree } from './tree.ts';

/** Something that is often added to Falx, and how many files that may touch. */
export type Change = {
  /** As `--only` takes it. */
  name: string;
  title: string;
  /** Most files outside tests and docs. */
  most: number;
  /** How many it took before there was one table of these. */
  before: string;
  /** Does it: by the recipe of CONTRIBUTING.md, nothing more. */
  make: (tree: Tree) => void;
  /** Throws unless it works, end to end. Types, lint and format are looked at for all changes. */
  show: (tree: Tree) => Promise<void>;
};
