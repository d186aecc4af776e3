import { describe, expect, test } from 'vitest';
import { message, type Message } from '../../../src-main/contract/messages/catalogue.ts';
import { say } from '../../../src-main/contract/messages/say.ts';

const inWindow = (told: Message, language: 'en' | 'ko' = 'en') => say(told, { language, shell: 'window' });

describe('what gives a class away', () => {
  test.each<[Message, string, string]>([
    [message('featureSize', { width: 512, height: 512 }), 'size of 512 × 512 pixels', '512 × 512픽셀 크기'],
    [message('featurePixels', {}), 'number of pixels', '픽셀 수'],
    [message('featureFormat', { format: 'JPEG' }), 'JPEG format', 'JPEG 형식'],
    [
      message('featureBorder', { measure: 'mean', side: 'top' }),
      'mean grey level, top border',
      '위쪽 가장자리 평균 밝기',
    ],
    [
      message('featureBorder', { measure: 'step', side: 'whole' }),
      'step at the outermost line, whole border',
      '전체 가장자리 맨 바깥 줄의 차이',
    ],
    [
      message('featureGrey', { from: 248, to: 255 }),
      'pixels with grey levels 248 to 255',
      '밝기 248~255인 픽셀',
    ],
    [
      message('featurePlace', { row: 10, column: 12, of: 16 }),
      'grey level at row 10, column 12 of 16 × 16',
      '16 × 16칸 중 10행 12열의 밝기',
    ],
  ])('$code %#', (told, english, korean) => {
    expect(inWindow(told)).toBe(english);
    expect(inWindow(told, 'ko')).toBe(korean);
  });
});

describe('how much of it a class has', () => {
  test.each<[Message, string]>([
    [message('valueNumbers', { middle: 262144, low: 102950, high: 262144 }), '262,100 (103,000 to 262,100)'],
    [message('valueShares', { middle: 0.000031, low: 0.000011, high: 0.011 }), '0.0031% (0.0011% to 1.1%)'],
    [message('valueNumbers', { middle: -8.3, low: -16, high: -1.5 }), '-8.3 (-16 to -1.5)'],
    [message('valueNumber', { value: 0.75 }), '0.75'],
    [message('valueShare', { share: 0.59 }), '59%'],
    [message('valueShare', { share: 1 }), '100%'],
  ])('$code %#', (told, words) => {
    expect(inWindow(told)).toBe(words);
  });

  test('in Korean', () => {
    expect(inWindow(message('valueShares', { middle: 0.59, low: 0.1, high: 0.7 }), 'ko')).toBe(
      '59%(10%~70%)',
    );
  });
});
