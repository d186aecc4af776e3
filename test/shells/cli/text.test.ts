import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { shown } from '../../../src-main/shells/cli/commands/predict-command.ts';
import { openOutput } from '../../../src-main/shells/cli/output.ts';
import { bytes, counted, duration, shareOf, table } from '../../../src-main/shells/cli/text.ts';

describe('text', () => {
  test('a table sets words to the left and numbers to the right', () => {
    expect(
      table(
        ['run', 'accuracy'],
        [
          ['run-1', '0.9'],
          ['run-22', null],
          ['r', '0.955 (21/22)'],
        ],
      ),
    ).toBe(
      [
        'run          accuracy',
        'run-1             0.9',
        'run-22              –',
        'r       0.955 (21/22)',
      ].join('\n'),
    );
  });

  test.each([
    [0.4, '0 s'],
    [59.4, '59 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
    [7199, '2 h 0 min'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [8_912_345, '8.9 MB'],
    [3.2e12, '3.2 TB'],
  ])('%d bytes are %s', (count, text) => expect(bytes(count)).toBe(text));

  test('counts and shares', () => {
    expect(counted(1, 'image')).toBe('1 image');
    expect(counted(2400, 'image')).toBe('2,400 images');
    expect(shareOf({ value: 23 / 24, count: 23, of: 24 })).toBe('0.958 (23/24)');
    expect(shareOf({ value: null, count: 0, of: 0 })).toBe('–');
  });
});

test('a file is shown as short as can be where it lies here, and as it was given anywhere else', () => {
  expect(shown(path.resolve('scans', 'a.png'))).toBe(path.join('scans', 'a.png'));
  for (const elsewhere of [path.resolve('..', '..', 'nope.png'), path.resolve('/nope.png')])
    expect(shown(elsewhere)).toBe(elsewhere);
});

describe('output', () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, isTTY, columns: 20, write: (text: string) => written.push(text) };
  };

  test('with --json standard output holds one document and nothing else', () => {
    const [out, err] = [stream(false), stream(false)];
    const output = openOutput(true, out, err);
    output.note('a warning');
    output.answer({ runs: [] }, () => 'never made');
    expect(JSON.parse(out.written.join(''))).toEqual({ runs: [] });
    expect(err.written).toEqual(['a warning\n']);
  });

  test('progress on a terminal is one line, cut to its width and cleared before words', () => {
    const err = stream(true);
    const output = openOutput(false, stream(true), err);
    output.progress.show('step 1 of a great many steps');
    output.note('done');
    expect(err.written.join('')).toBe('\r\u001b[Kstep 1 of a great m\r\u001b[Kdone\n');
  });

  test('progress in a log is sparse', () => {
    const err = stream(false);
    const output = openOutput(false, stream(false), err);
    for (let i = 0; i < 1000; i++) output.progress.show(`step ${i}`);
    expect(err.written).toEqual([]);
  });
});
