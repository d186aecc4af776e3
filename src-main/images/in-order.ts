/**
 * Processes several items concurrently and yields the results in the items' order, holding at most `ahead` of them. If one fails
 * the generator throws its error after the results before it. However it ends, no work continues in the background.
 */
export async function* inOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  ahead: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const started: Promise<Result>[] = [];
  const start = (item: Item) => {
    const result = work(item);
    result.catch(() => {}); // thrown where it is awaited; until then it must not be an unhandled rejection
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
