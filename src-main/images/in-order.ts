/**
 * Works on several items at once and yields the results in the items' order, holding no more than `ahead` of them.
 * When one fails the generator throws its error once the results before it are out. However it ends, nothing that was
 * begun goes on behind it.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  ahead: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const started: Promise<Result>[] = [];
  const start = (item: Item) => {
    const result = work(item);
    result.catch(() => {}); // it is thrown where it is awaited; until then it is no unhandled rejection
    started.push(result);
  };
  try {
    for await (const item of items) {
      start(item);
      if (started.length >= ahead) yield await started.shift()!;
    }
    while (started.length > 0) yield await started.shift()!;
  } finally {
    await Promise.allSettled(started);
  }
}
