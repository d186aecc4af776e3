import { expect, test } from 'vitest';
import { NearestViews } from '../../src-main/check/nearest-views.ts';
import { randomFrom } from '../../src-main/statistics/random.ts';

test('the nearest views are those that sorting all by distance, then by number, puts first', () => {
  const random = randomFrom(1, 'nearest');
  const nearest = new NearestViews(5, 90);
  for (let trial = 0; trial < 200; trial += 1) {
    nearest.clear();
    const least = new Map<number, number>();
    for (let i = 0; i < trial; i += 1) {
      // Few numbers and few distances: many are told again, nearer, and many are as near as others.
      const [view, distance] = [Math.floor(30 * random()), Math.floor(100 * random())];
      if (distance >= (least.get(view) ?? Infinity)) continue;
      least.set(view, distance);
      // A search leaves away what is farther than the limit.
      if (distance <= nearest.limit) nearest.add(view, distance);
    }
    const sorted = [...least]
      .filter(([, distance]) => distance < 90)
      .sort(([a, to], [b, from]) => to - from || a - b)
      .slice(0, 5)
      .map(([view]) => view);
    expect([...nearest.views]).toEqual(sorted);
  }
});
