import { table as dictionary } from './dictionary-table.ts';
import { table as profile } from './profile-table.ts';

export type Action = 'D' | 'Z' | 'X' | 'U' | 'Z/D' | 'X/Z' | 'X/D' | 'X/Z/D' | 'X/Z/U*';

export interface ProfileRow {
  tag: number;
  action: Action;
  vr: string;
  keyword: string;
}

export const profileRows: readonly ProfileRow[] = profile
  .trim()
  .split('\n')
  .map((line) => {
    const [tag, action, vr, keyword] = line.split(' ') as [string, Action, string, string];
    return { tag: Number.parseInt(tag, 16), action, vr, keyword };
  });

const actions = new Map(profileRows.map(({ tag, action }) => [tag, action]));

const representations = new Map(
  dictionary
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [group, vr, ...elements] = line.split(' ') as [string, string, ...string[]];
      return elements.map((element) => [Number.parseInt(group + element, 16), vr] as const);
    }),
);

/** The profile's action for an attribute; null: it is kept. */
export const actionOf = (tag: number): Action | null => actions.get(tag) ?? null;

/** The standard's value representation, `US/SS` if it depends on the object; null if unknown to the standard. */
export const standardVr = (tag: number): string | null => representations.get(tag) ?? null;

export const knownTags = (): Iterable<[number, string]> => representations;
