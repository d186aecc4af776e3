import { describe, expect, test } from 'vitest';
import { inOrderOfGravity, notice, noticeCodes, noticeFacts } from '../../src-main/contract/answers.ts';
import { entryOf } from '../../src-main/contract/messages/catalogue.ts';
import { messageFromFacts } from '../../src-main/contract/errors.ts';
import { answerOf, nearThreshold, noticesShown } from '../../src-main/predict/answer.ts';
import { headerNotices, lookAtHeader } from '../../src-main/predict/header-look.ts';

const of = (probability: number, threshold: number, positive: number, negative: number) =>
  answerOf({ probability, threshold, conformal: { errorRate: 0.1, positive, negative }, notices: [] });

describe('an answer', () => {
  test('is the threshold’s where nothing was calibrated', () => {
    const at = (probability: number) =>
      answerOf({ probability, threshold: 0.3, conformal: null, notices: [] });
    expect([0.3, 0.29].map(at)).toEqual(['positive', 'negative']);
  });

  test('is the threshold’s word while the other class is ruled out', () => {
    expect(of(0.9, 0.5, 0.8, 0.05)).toBe('positive');
    expect(of(0.1, 0.5, 0.05, 0.8)).toBe('negative');
    expect(of(0.9, 0.5, 0.8, 0.1)).toBe('positive'); // ruled out exactly at the error rate
  });

  test('that is taken back is told with why, and nothing of how sure it would have been', () => {
    const unlike = notice('noticeUnlike', 'refusal', {
      how: 'far',
      distance: 0.5,
      limit: 0.3,
      falseAlarms: 0.02,
    });
    const cropped = notice('noticeCropped', 'warning', { border: 0.5, limit: 0.1 });
    const sure = [
      notice('noticeFewScans', 'warning', { scans: 4, needed: 9, errorRate: 0.1 }),
      ...nearThreshold(0.5, 0.5),
    ];
    const codes = (notices: readonly { code: string }[]) => notices.map(({ code }) => code);
    expect(codes(noticesShown([cropped, unlike], sure))).toEqual(['noticeUnlike', 'noticeCropped']);
    expect(codes(noticesShown([cropped], sure))).toEqual([
      'noticeCropped',
      'noticeFewScans',
      'noticeNearThreshold',
    ]);
  });

  test('is left open while both classes are usual enough', () => {
    expect(of(0.9, 0.5, 0.8, 0.11)).toBe('unsure');
    expect(of(0.1, 0.5, 0.11, 0.8)).toBe('unsure');
  });

  test('is left open where the threshold’s word is the class that is ruled out', () => {
    expect(of(0.6, 0.9, 0.5, 0.01)).toBe('unsure');
    expect(of(0.2, 0.1, 0.01, 0.5)).toBe('unsure');
  });

  test('is the threshold’s where both classes are ruled out: any word keeps the promise', () => {
    expect(of(0.6, 0.5, 0.08, 0.09)).toBe('positive');
    expect(of(0.6, 0.7, 0.08, 0.09)).toBe('negative');
  });

  test('names of each class no more than the error rate wrong, whatever the threshold is', () => {
    // An error is a definite answer with the other class: it needs a p-value of the true class at or below the error rate.
    for (const threshold of [0, 0.2, 0.5, 0.9, 1])
      for (let step = 0; step <= 50; step += 1)
        for (const own of [0.05, 0.1, 0.11, 0.6]) {
          const said = of(step / 50, threshold, own, 0.05);
          if (said === 'negative') expect(own).toBeLessThanOrEqual(0.1);
        }
  });

  test('is refused by a refusal, and by nothing less', () => {
    const grave = notice('noticeColour', 'refusal', { share: 0.9, limit: 0 });
    const slight = nearThreshold(0.55, 0.5);
    expect(slight).toHaveLength(1);
    expect(nearThreshold(0.61, 0.5)).toEqual([]);
    const said = (notices: typeof slight) =>
      answerOf({ probability: 0.99, threshold: 0.5, conformal: null, notices });
    expect(said(slight)).toBe('positive');
    expect(said([...slight, grave])).toBe('refused');
    expect(inOrderOfGravity([...slight, grave]).map(({ grade }) => grade)).toEqual(['refusal', 'hint']);
  });

  test('has notices that can be worded by what stands in JSON', () => {
    for (const one of [
      notice('noticeColour', 'refusal', { share: 0.9, limit: 0 }),
      ...nearThreshold(0.5, 0.5),
    ])
      expect(messageFromFacts(noticeFacts(JSON.parse(JSON.stringify(one)) as typeof one))?.code).toBe(
        one.code,
      );
    // A parameter of this name would replace the code.
    for (const code of noticeCodes) expect(Object.keys(entryOf(code).parameters)).not.toContain('why');
  });
});

describe('a DICOM header', () => {
  test.each([
    ['MR', 'BRAIN', []],
    ['MR', null, []],
    [null, null, []],
    ['CT', null, ['noticeModality refusal']],
    ['RTDOSE', null, ['noticeModality refusal']],
    ['MR', 'KNEE', ['noticeBodyPart refusal']],
    ['MR', 'PHANTOM', ['noticeBodyPart warning']],
    ['MR', 'HEADNECK', []],
    ['CR', 'CHEST', ['noticeModality refusal', 'noticeBodyPart refusal']],
  ])('of %s, %s gives %j', (modality, bodyPart, expected) => {
    const facts = { ...(modality && { modality }), ...(bodyPart && { bodyPart }) };
    const said = headerNotices(lookAtHeader(facts), []).map(({ code, grade }) => `${code} ${grade}`);
    expect(said).toEqual(expected);
  });

  test('of the training scans’ own modality is as usual', () => {
    const header = lookAtHeader({ modality: 'CT' });
    expect(headerNotices(header, ['CT', 'MR'])).toEqual([]);
    expect(headerNotices(lookAtHeader({ modality: 'MR' }), ['CT'])).toMatchObject([
      { code: 'noticeModality', modality: 'MR', expected: 'CT' },
    ]);
  });
});
