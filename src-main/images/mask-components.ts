/** A binary mask, row by row; 1 is inside. */
export interface Mask {
  width: number;
  height: number;
  set: Uint8Array;
}

/** A component, connected across edges and corners; `right` and `bottom` are one past the last. */
export interface Component {
  area: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * Morphological opening by 3 × 3 squares: removes what is thinner than three pixels. Beyond the edge everything counts as inside.
 */
export function opened(mask: Mask): Mask {
  const eroded = along(along(mask, 'rows', Math.min), 'columns', Math.min);
  return along(along(eroded, 'rows', Math.max), 'columns', Math.max);
}

/** Each pixel combined with its two neighbours in its row or column, if it has them. */
function along(
  { width, height, set }: Mask,
  lines: 'rows' | 'columns',
  of: (...values: number[]) => number,
): Mask {
  const [count, step, length, next] =
    lines === 'rows' ? [height, width, width, 1] : [width, 1, height, width];
  const result = new Uint8Array(set.length);
  for (let line = 0; line < count; line += 1) {
    for (let place = 0, at = line * step; place < length; place += 1, at += next) {
      const here = set[at]!;
      const before = place > 0 ? set[at - next]! : here;
      const after = place < length - 1 ? set[at + next]! : here;
      result[at] = of(before, here, after);
    }
  }
  return { width, height, set: result };
}

/** In the order of their first pixels, row by row. */
export function componentsOf({ width, height, set }: Mask): Component[] {
  const seen = new Uint8Array(set.length);
  const components: Component[] = [];
  const waiting: number[] = [];
  for (let start = 0; start < set.length; start += 1) {
    if (!set[start] || seen[start]) continue;
    const component = { area: 0, left: width, top: height, right: 0, bottom: 0 };
    seen[start] = 1;
    waiting.push(start);
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      const [x, y] = [place % width, Math.floor(place / width)];
      component.area += 1;
      component.left = Math.min(component.left, x);
      component.top = Math.min(component.top, y);
      component.right = Math.max(component.right, x + 1);
      component.bottom = Math.max(component.bottom, y + 1);
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
          const next = row * width + column;
          if (!set[next] || seen[next]) continue;
          seen[next] = 1;
          waiting.push(next);
        }
      }
    }
    components.push(component);
  }
  return components;
}
