import { describe, expect, test } from 'vitest';
import type { CheckView } from '../../../../src-main/contract/check.ts';
import type { Certificate } from '../../../../src-main/contract/grouping.ts';
import type { SplitView } from '../../../../src-main/contract/views.ts';
import { certificateStatus } from '../../../../src-renderer/components/certificate-status.ts';
import { certificateText, linesOf } from '../../../../src-renderer/stages/split/split-certificate.ts';
import { findSameSplit } from '../../../../src-renderer/stages/split/made-before.ts';
import { inOrder } from '../../../../src-renderer/stages/split/order.ts';
import { examples, isPattern } from '../../../../src-renderer/stages/split/pattern-examples.ts';

const certificate: Certificate = {
  grouping: { by: 'twins' },
  checked: '2026-11-24T11:00:00.000Z',
  groups: 542,
  largestGroup: 23,
  groupsAcross: 0,
  twinsAcross: 0,
  testImagesWithTwins: 0,
  patientsAcross: null,
  patientKnown: 0,
  given: null,
  moved: null,
  shortcuts: null,
  dropped: 3,
  searched: null,
  auditHead: { number: 57, hash: 'cd'.repeat(32) },
};

const made = (change: Partial<SplitView['split']> = {}): SplitView => ({
  split: {
    id: 'sp-1',
    datasetId: 'ds-1',
    created: '2026-11-24T12:00:00.000Z',
    method: 'stratified',
    seed: 7,
    testFraction: 0.2,
    validationFraction: 0.1,
    hash: 'ab'.repeat(32),
    certificate,
    fold: null,
    removed: null,
    ...change,
  },
  classes: {
    train: { yes: 400, no: 440 },
    validation: { yes: 60, no: 60 },
    test: { yes: 120, no: 117 },
  },
});

const valueOf = (view: SplitView, label: string) =>
  linesOf(view, 'scans').find((line) => line.label === label)?.value;

describe('a certificate', () => {
  test('states of given parts what they came with and what was moved, no shares that had no effect', () => {
    const given = { train: 810, validation: 90, test: 90 };
    const view = made({ method: 'mended', certificate: { ...certificate, given, moved: 12 } });
    expect(valueOf(view, 'Folders’ own sets')).toBe('810 training, 90 validation, 90 test images');
    expect(valueOf(view, 'Images moved to another set')).toBe('12');
    expect(valueOf(view, 'Shares requested')).toBeUndefined();
    const drawn = made({
      method: 'mended',
      certificate: { ...certificate, given: { ...given, validation: 0 }, moved: 0 },
    });
    expect(valueOf(drawn, 'Shares requested')).toBe('validation 10%');
    // Sets drawn again have nothing to do with the folders.
    expect(
      valueOf(made({ certificate: { ...certificate, given, moved: 700 } }), 'Folders’ own sets'),
    ).toBeUndefined();
  });

  test('holds the verdict of the audit of shortcuts', () => {
    const found = [
      { kind: 'file' as const, balancedAccuracy: 0.98, low: 0.96, high: 1, verdict: 'warn' as const },
      { kind: 'histogram' as const, balancedAccuracy: 0.52, low: 0.47, high: 0.57, verdict: 'fine' as const },
    ];
    const shortcuts = { created: '2026-11-24T11:30:00.000Z', method: 'shortcuts-3', found };
    expect(valueOf(made({ certificate: { ...certificate, shortcuts } }), 'Shortcuts')).toBe(
      'Size and format 98%: Shortcut; Brightness 52%: No better than chance',
    );
  });

  test('says what was found between the parts, and how much such a search finds', () => {
    const searched = { compared: 900, joined: 3, left: 0, known: 3, planted: 120, recovered: 118 };
    expect(valueOf(made({ certificate: { ...certificate, searched } }), 'Searched again between sets')).toBe(
      'None found; 3 pairs kept together since. Of 120 altered copies planted as a test, 118 were found',
    );
    expect(valueOf(made(), 'Searched again between sets')).toBeUndefined();
  });

  test('says what the split keeps apart, and how it was made', () => {
    expect(valueOf(made(), 'Sets')).toBe('840 training, 120 validation, 237 test images');
    expect(valueOf(made(), 'Twins across sets')).toBe('0');
    expect(valueOf(made(), 'Test images with a twin elsewhere')).toBe('0 of 237');
    expect(valueOf(made(), 'Groups')).toBe('542, the largest with 23 images; 0 in more than one set');
    expect(valueOf(made(), 'Images dropped')).toBe('3');
    expect(valueOf(made(), 'Audit trail')).toBe(`57:${'cd'.repeat(32)}`);
    expect(valueOf(made(), 'Patients in more than one set')).toBe('not known: no file names its patient');
    expect(valueOf(made(), 'Shares requested')).toBe('test 20%, validation 10%');
    expect(valueOf(made(), 'Shortcuts')).toBe('not checked');
    expect(valueOf(made({ fold: { set: 'cv-1', index: 1, of: 5 } }), 'Method')).toBe('Fold 2 of 5');
  });

  test('is saved as text with the whole hash, one paper for each fold', () => {
    const folds = [0, 1].map((index) => made({ id: `sp-${index}`, fold: { set: 'cv-1', index, of: 2 } }));
    const text = certificateText(folds, 'scans', '0.1.0');
    expect(text).toContain('Falx 0.1.0');
    expect(text.match(new RegExp(`SHA-256: ${'ab'.repeat(32)}`, 'g'))).toHaveLength(2);
    expect(text).toContain('Split: sp-0');
    expect(text).toContain('Split: sp-1');
  });

  test('of before there were any says only what is known', () => {
    expect(valueOf(made({ certificate: null }), 'Twins across sets')).toBeUndefined();
    expect(valueOf(made({ certificate: null }), 'Random seed')).toBe('7');
  });
});

test.each([
  [certificate, 'ok', '0 twins across sets'],
  [{ ...certificate, twinsAcross: 31, testImagesWithTwins: 20 }, 'danger', '31 pairs of twins across sets'],
  [{ ...certificate, checked: null }, 'warn', 'not checked for twins'],
  [null, 'warn', 'not checked for twins'],
  // Exact duplicates are known without a check.
  [{ ...certificate, checked: null, twinsAcross: 1 }, 'danger', '1 pair of twins across sets'],
])('of %j is %s: %s', (given, kind, short) => {
  expect(certificateStatus(given)).toMatchObject({ kind, short });
});

test('lists the newest split first, and the folds of a set together', () => {
  const fold = (id: string, index: number, created: string) =>
    made({ id, created, fold: { set: 'cv-1', index, of: 2 } });
  const all = [
    made({ id: 'old', created: '2026-11-24T10:00:00.000Z' }),
    fold('second', 1, '2026-11-24T11:00:00.002Z'),
    fold('first', 0, '2026-11-24T11:00:00.001Z'),
    made({ id: 'new', created: '2026-11-24T12:00:00.000Z' }),
  ];
  expect(inOrder(all).map(({ split }) => split.id)).toEqual(['new', 'first', 'second', 'old']);
});

describe('a pattern on file names', () => {
  test.each([
    ['prefix', 'p07'],
    ['folder', null],
    ['digits', '07'],
  ])('as offered (%s) finds %s in Tumour/p07_T1_45.png', (key, found) => {
    const { pattern } = examples.find((example) => example.key === key)!;
    expect(new RegExp(pattern).exec('Tumour/p07_T1_45.png')?.[1] ?? null).toBe(found);
  });

  test('as offered (folder) finds the folder below the class', () => {
    const { pattern } = examples.find(({ key }) => key === 'folder')!;
    expect(new RegExp(pattern).exec('Tumour/p07/45.png')?.[1]).toBe('p07');
  });

  test.each([
    ['([^/_]+)_', true],
    ['(', false],
    ['', false],
    ['a'.repeat(501), false],
  ])('%j is one: %s', (pattern, is) => {
    expect(isPattern(pattern)).toBe(is);
  });
});

describe('the same choices', () => {
  const choices = {
    test: 0.2,
    validation: 0.1,
    seed: 7,
    useGiven: false,
    grouping: { by: 'twins' },
    folded: false,
    given: null,
  } as const;
  const check = (change: object = {}) =>
    ({ check: { created: '2026-11-24T11:00:00.000Z' }, undo: null, redo: null, ...change }) as CheckView;
  const [earlier, later] = ['2026-11-24T11:30:00.000Z', '2026-11-24T12:30:00.000Z'];

  test('find the split that was made of them', () => {
    expect(findSameSplit(choices, [made()], check())?.split.id).toBe('sp-1');
    expect(findSameSplit(choices, [made()], check({ undo: { created: earlier } }))?.split.id).toBe('sp-1');
  });

  test('find it whatever share was asked of a part that the folders gave', () => {
    const given = { train: 840, validation: 120, test: 237 };
    const split = made({ method: 'mended' });
    const kept = { ...choices, useGiven: true, given, test: 0.35, validation: 0 };
    expect(findSameSplit(kept, [split], check())?.split.id).toBe('sp-1');
    expect(findSameSplit({ ...kept, given: { ...given, test: 0 } }, [split], check())).toBeUndefined();
  });

  test.each([
    ['another seed', { ...choices, seed: 8 }, check()],
    ['another grouping', { ...choices, grouping: { by: 'none' } as const }, check()],
    ['the folders’ own parts', { ...choices, useGiven: true }, check()],
    ['folds', { ...choices, folded: true }, check()],
    ['a later check', choices, check({ check: { created: later } })],
    ['a decision since', choices, check({ undo: { created: later } })],
    ['a decision taken back since', choices, check({ redo: { undone: later } })],
  ])('with %s make a new one', (_, different, known) => {
    expect(findSameSplit(different, [made()], known)).toBeUndefined();
  });
});
