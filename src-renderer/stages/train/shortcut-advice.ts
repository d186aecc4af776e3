import {
  brainlessKinds,
  standingOf,
  type ShortcutAudit,
  type ShortcutStanding,
} from '../../../src-main/contract/check.ts';
import { recall, remember } from '../../app/local-storage.ts';
import { draftFrom, draftKey, without, type Draft } from './form.ts';
import type { Changes } from './fields.ts';

/** What takes size and border away from a network. */
const advised = { crop: 'head', canvas: 'pad' } as const satisfies Changes;
type Advised = keyof typeof advised;
const keys = Object.keys(advised) as Advised[];

export type Advice = {
  standing: Extract<ShortcutStanding, 'warn' | 'notice'>;
  /** What tells the classes apart without the brain, as far as crop and padding help against it. */
  kinds: ShortcutAudit['shortcuts'][number]['kind'][];
};

/** What an audit advises for training; null where it found nothing that crop and padding would mend. */
export function adviceOf(audit: Pick<ShortcutAudit, 'shortcuts'> | null): Advice | null {
  for (const standing of ['warn', 'notice'] as const) {
    const kinds = (audit?.shortcuts ?? [])
      .filter((one) => brainlessKinds.includes(one.kind) && standingOf(one) === standing)
      .map(({ kind }) => kind);
    if (kinds.length > 0) return { standing, kinds };
  }
  return null;
}

/** Whether a draft crops and pads as advised. */
export const isTaken = ({ changes }: Draft): boolean => keys.every((key) => changes[key] === advised[key]);

export const withAdvice = (draft: Draft): Draft => ({ ...draft, changes: { ...draft.changes, ...advised } });

export const withoutAdvice = (draft: Draft): Draft =>
  keys.reduce<Draft>((less, key) => without(less, key), draft);

/** The draft that Train will open with, for a screen that is not Train. */
export const keptDraft = (): Draft => draftFrom(recall(draftKey));
export const keepDraft = (draft: Draft): void => remember(draftKey, draft);
