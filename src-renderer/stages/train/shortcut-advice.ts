import {
  brainlessKinds,
  standingOf,
  type ShortcutAudit,
  type ShortcutStanding,
} from '../../../src-main/contract/check.ts';
import { recall, remember } from '../../app/local-storage.ts';
import { draftFrom, draftKey, without, type Draft } from './form.ts';
import type { Changes } from './fields.ts';

/** The settings that hide size and border from a network. */
const advised = { crop: 'head', canvas: 'pad' } as const satisfies Changes;
type Advised = keyof typeof advised;
const keys = Object.keys(advised) as Advised[];

export type Advice = {
  standing: Extract<ShortcutStanding, 'warn' | 'notice'>;
  /** The shortcuts outside the brain that crop and padding help against. */
  kinds: ShortcutAudit['shortcuts'][number]['kind'][];
};

/** The audit's advice for training; null where it found nothing that crop and padding would fix. */
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
export const isAdviceApplied = ({ changes }: Draft): boolean =>
  keys.every((key) => changes[key] === advised[key]);

export const withAdvice = (draft: Draft): Draft => ({ ...draft, changes: { ...draft.changes, ...advised } });

export const withoutAdvice = (draft: Draft): Draft =>
  keys.reduce<Draft>((remaining, key) => without(remaining, key), draft);

/** The draft that Train will open with, for other screens. */
export const keptDraft = (): Draft => draftFrom(recall(draftKey));
export const keepDraft = (draft: Draft): void => remember(draftKey, draft);
