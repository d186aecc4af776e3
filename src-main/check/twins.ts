import type { Fit } from './align.ts';
import { TwinWorkers, threadsFor } from './twin-workers.ts';
import { groupTwins } from './group.ts';
import { Links } from './links.ts';
import type { Pictures } from './pictures.ts';
import { findCandidates, linkTwins, sharedFor } from './search.ts';

/** Pictures of one scan, and so are two groups that share one. */
export interface TwinGroup {
  /** The picture that the others were laid over. */
  first: number;
  others: Twin[];
}

export interface Twin {
  id: number;
  /** Byte for byte the same file as the first; null says it is not and how the two fit. */
  fit: Fit | null;
}

export interface TwinsFound {
  /** Largest first. */
  groups: TwinGroup[];
  /** Pairs laid over each other. */
  compared: number;
}

export interface TwinSearch {
  /** Called now and then, pictures done of all. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Awaited now and then: lets others have the thread, and may throw to stop. */
  pause?: () => Promise<void>;
  /** 0 does the work on this thread. */
  threads?: number;
}

/**
 * Finds pictures that are one scan: the same bytes, or the same but for a flip, quarter turns, a rotation of up to
 * 10°, brightness, contrast, size, compression, or a tenth cropped off. A picture is compared with those few whose
 * signatures are nearest only, so the work grows little faster than their number. The answer does not depend on
 * chance, nor on the number of threads: what is drawn comes from fixed seeds.
 */
export async function findTwins(
  pictures: Pictures,
  {
    onProgress,
    pause = () => new Promise((resolve) => setImmediate(resolve)),
    threads = threadsFor(pictures.copies.length),
  }: TwinSearch = {},
): Promise<TwinsFound> {
  const { copies } = pictures;
  const shared = sharedFor(pictures.shelf());
  const total = copies.length;
  let done = 0;
  const told = (share: number) => {
    done = Math.max(done, Math.floor(share * total));
    onProgress?.(done, total);
  };
  const links = new Links(total);
  const crew = new TwinWorkers([shared], threads, pause);
  try {
    if (shared.boxes.length > 4) await findCandidates(shared, crew, (share) => told(0.4 * share));
    const compared = await linkTwins(shared, crew, links, (share) => told(0.4 + 0.5 * share));
    const near = await groupTwins(crew, links);
    told(1);
    return { groups: withCopies(near.groups, copies), compared: compared + near.compared };
  } finally {
    await crew.close();
  }
}

/** Adds what is byte for byte the same to the groups, and groups of nothing else. */
function withCopies(near: Awaited<ReturnType<typeof groupTwins>>['groups'], copies: number[][]): TwinGroup[] {
  const groups = near.map(({ first, others }): TwinGroup => {
    const [original, ...same] = copies[first]!;
    return {
      first: original!,
      others: [
        ...same.map((id) => ({ id, fit: null })),
        ...others.flatMap(({ index, fit }) => copies[index]!.map((id) => ({ id, fit }))),
      ],
    };
  });
  const grouped = new Set(near.flatMap(({ first, others }) => [first, ...others.map(({ index }) => index)]));
  copies.forEach(([original, ...same], index) => {
    if (same.length > 0 && !grouped.has(index))
      groups.push({ first: original!, others: same.map((id) => ({ id, fit: null })) });
  });
  return groups.sort((a, b) => b.others.length - a.others.length || a.first - b.first);
}
