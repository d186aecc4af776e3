import type { CheckView, Decision, TwinLink } from '../contract/check.ts';
import { FalxError } from '../contract/errors.ts';
import type { ImageOutline } from '../registry/checks.ts';
import type { Registry } from '../registry/registry.ts';
import { isAsItWas } from './change.ts';
import { areNumberedNext } from './numbered.ts';
import { areOfVolume } from './saved-volumes.ts';
import { evidenceOf, linksThatHold, type Evidence } from './scan-groups.ts';
import { components } from './linked-components.ts';
import { linksByImage, twinGroupsOf, type TwinGroup } from './twin-groups.ts';
import { checkView } from './view.ts';

/** What a person decides of twins. Each can be taken back, to the first; a new one after that takes their place. */

type OfDataset = { registry: Registry; /** Id or name. */ datasetId: string };

/**
 * Records what was decided of some images.
 * @throws FalxError `not-found` an image that is not of the dataset; `bad-usage` one image alone where two are meant,
 *   or `not-twins` of images that nothing holds together.
 */
export function decide({
  registry,
  datasetId,
  kind,
  imageIds,
}: OfDataset & Pick<Decision, 'kind' | 'imageIds'>): CheckView {
  if ((kind === 'same-patient' || kind === 'not-twins') && new Set(imageIds).size < 2)
    throw new FalxError('decisionNeedsTwo', { kind, imageIds });
  const { id } = registry.datasets.get(datasetId);
  if (kind === 'not-twins') refuseWithoutLinks(evidenceOf(registry, id), new Set(imageIds));
  registry.checks.decide(id, kind, imageIds);
  return checkView(registry, id);
}

/** A denial that changes nothing would leave a person to believe it had. */
function refuseWithoutLinks(evidence: Evidence, ids: ReadonlySet<number>): void {
  const among = evidence.images.filter(({ id }) => ids.has(id));
  const near = linksThatHold(evidence).filter(({ change }) => change !== null);
  if (near.some(({ firstId, otherId }) => ids.has(firstId) && ids.has(otherId))) return;
  const group = twinGroupsOf(evidence).find(({ others }) => others.some(({ id }) => ids.has(id)));
  const isOneFile = new Set(among.map(({ sha256 }) => sha256)).size === 1;
  throw isOneFile && among.length > 0
    ? new FalxError('twinsOneFile', { imageIds: [...ids] })
    : new FalxError('twinsNotLinked', {
        grouped: group ? 'yes' : 'no',
        first: group?.first.file ?? '',
        imageIds: [...ids],
      });
}

/**
 * Drops copies of every group that nobody has decided, as one decision, so that one of each picture is left: neighbouring
 * slices of a head stay, as they are no copies of each other. Groups with both labels are left: which of them is right only a
 * person can tell.
 * @throws FalxError `bad-usage` when there is nothing to drop.
 */
export function dropTwins({ registry, datasetId }: OfDataset): CheckView {
  const { id, name } = registry.datasets.get(datasetId);
  const evidence = evidenceOf(registry, id);
  const groups = twinGroupsOf(evidence);
  const undecided = groups.filter(({ decided, mixedLabels }) => !decided && !mixedLabels);
  const imageIds = undecided.flatMap((group) => copiesIn(group, linksByImage(evidence), evidence.volumes));
  if (imageIds.length === 0) {
    const mixed = groups.filter(({ decided, mixedLabels }) => !decided && mixedLabels).length;
    throw new FalxError('noTwinsLeft', { dataset: id, name, mixed, slices: undecided.length });
  }
  registry.checks.decide(id, 'drop', imageIds);
  return checkView(registry, id);
}

/** Detail of slices that lie side by side, also of a head CT of close, smooth ones, agrees less than this, nearly always. */
const SURE = 0.998;

/**
 * Whether two pictures may be slices of one volume: of a series that is one, told so by their pixels, or lying alike and numbered as
 * such, if not the same to the last detail.
 */
function maybeSlices(
  { change, detail }: TwinLink,
  one: ImageOutline,
  other: ImageOutline,
  volumes: ReadonlySet<string>,
): boolean {
  if (change === null) return false;
  if (change.nextSlice === true) return true;
  if (areOfVolume(one.file, other.file, volumes)) return true;
  return detail < SURE && isAsItWas(change) && areNumberedNext(one.file, other.file);
}

/** Images of a group that are copies of another one of it: all but one of those that hang together without neighbouring slices. */
export function copiesIn(
  { first, others }: TwinGroup,
  links: ReadonlyMap<number, TwinLink[]>,
  volumes: ReadonlySet<string>,
): number[] {
  const members = [first, ...others];
  const places = new Map(members.map(({ id }, place) => [id, place]));
  const isSlice = (link: TwinLink) => {
    const [one, other] = [places.get(link.firstId), places.get(link.otherId)];
    return (
      one !== undefined && other !== undefined && maybeSlices(link, members[one]!, members[other]!, volumes)
    );
  };
  // Most groups have no slices, and there may be fifty thousand.
  if (!members.some(({ id }) => links.get(id)?.some(isSlice))) return others.map(({ id }) => id);
  const bySha256 = new Map(members.map(({ sha256 }, place) => [sha256, place]));
  const pairs = members.flatMap(({ id, sha256 }, place): [number, number][] => [
    [bySha256.get(sha256)!, place],
    ...(links.get(id) ?? []).flatMap((link): [number, number][] => {
      const other = places.get(link.firstId === id ? link.otherId : link.firstId);
      return other === undefined || isSlice(link) ? [] : [[place, other]];
    }),
  ]);
  const kept = new Set<number>();
  const labels = components(members.length, pairs);
  return members.flatMap(({ id }, place) => {
    if (kept.has(labels[place]!)) return [id];
    kept.add(labels[place]!);
    return [];
  });
}

/** Takes the newest decision back. @throws FalxError `bad-usage` when none is left. */
export function undo({ registry, datasetId }: OfDataset): CheckView {
  const { id, name } = registry.datasets.get(datasetId);
  if (!registry.checks.undo(id)) throw nothingTo('undo', id, name);
  return checkView(registry, id);
}

/** Brings the decision back that was taken back last. @throws FalxError `bad-usage` when none was. */
export function redo({ registry, datasetId }: OfDataset): CheckView {
  const { id, name } = registry.datasets.get(datasetId);
  if (!registry.checks.redo(id)) throw nothingTo('redo', id, name);
  return checkView(registry, id);
}

const nothingTo = (to: 'undo' | 'redo', id: string, name: string) =>
  new FalxError('noDecision', { dataset: id, name, to });
