import { keptOf, keysFor, linksThatHold, volumeOf, type Evidence } from '../check/scan-groups.ts';
import type { CheckRecord } from '../contract/check.ts';
import type { Certificate, Grouping } from '../contract/grouping.ts';
import type { Part } from '../contract/records.ts';
import { STEP_LENGTH, forEachInSteps, type Steps } from '../system/steps.ts';

/**
 * What a finished split vouches for. Worked out from its parts and from what is known of the images, by another way
 * than they were drawn: nothing of the drawing is taken on trust.
 * @param parts image id → part; an image that is not there lies in none.
 * @param check the check that the dataset as it is was given, or null.
 */
export function* certifyInSteps(
  evidence: Evidence,
  parts: ReadonlyMap<number, Part>,
  grouping: Grouping,
  check: CheckRecord | null,
): Steps<Certificate> {
  const { images, dropped } = evidence;
  const { groups, scans, patients } = yield* bundled(evidence, grouping);
  const partAt: (Part | undefined)[] = [];
  yield* forEachInSteps(images, ({ id }) => partAt.push(parts.get(id)));
  const certificate: Certificate = {
    auditHead: null,
    searched: null,
    grouping,
    checked: check?.created ?? null,
    groups: 0,
    largestGroup: 0,
    groupsAcross: 0,
    twinsAcross: 0,
    testImagesWithTwins: 0,
    patientsAcross: patients.length === 0 ? null : 0,
    patientKnown: 0,
    given: null,
    moved: null,
    shortcuts: null,
    dropped: dropped.size,
  };
  const given = { train: 0, validation: 0, test: 0 };
  let moved = 0;
  yield* forEachInSteps(images, ({ patient, givenPart }, place) => {
    const part = partAt[place];
    if (!part) return;
    certificate.patientKnown! += Number(patient !== null);
    if (givenPart === null) return;
    given[givenPart] += 1;
    moved += Number(givenPart !== part);
  });
  if (given.train + given.validation + given.test > 0) Object.assign(certificate, { given, moved });
  yield* forEachInSteps(groups, (group) => {
    const at = tallied(group, partAt);
    certificate.groups += Number(at.all > 0);
    certificate.largestGroup = Math.max(certificate.largestGroup, at.all);
    certificate.groupsAcross += Number(at.parts > 1);
  });
  yield* forEachInSteps(scans, (scan) => {
    if (scan.length === 1) return;
    const at = tallied(scan, partAt);
    certificate.twinsAcross += pairs(at.all) - pairs(at.train) - pairs(at.validation) - pairs(at.test);
    if (at.parts > 1) certificate.testImagesWithTwins += at.test;
  });
  yield* forEachInSteps(patients, (patient) => {
    certificate.patientsAcross! += Number(tallied(patient, partAt).parts > 1);
  });
  return certificate;
}

/** What belongs together in a dataset, by place: the same for all its splits. */
interface Bundled {
  groups: readonly (readonly number[])[];
  scans: readonly (readonly number[])[];
  patients: readonly (readonly number[])[];
}

function bundled(evidence: Evidence, grouping: Grouping): Steps<Bundled> {
  const { images, places, decisions } = evidence;
  const placeOf = (id: number) => places.get(id)!;
  return keptOf(evidence, `bundled ${JSON.stringify(grouping)}`, function* () {
    const exact = yield* bundles(images, ({ sha256 }) => sha256);
    const twins = [...exact];
    yield* forEachInSteps(linksThatHold(evidence), ({ firstId, otherId }) =>
      twins.push([placeOf(firstId), placeOf(otherId)]),
    );
    const same = decisions.flatMap(({ kind, imageIds }) =>
      kind === 'same-patient' ? [imageIds.filter((id) => places.has(id)).map(placeOf)] : [],
    );
    const volumes = yield* bundles(images, volumeOf);
    const keys = yield* bundles(keysFor(images, grouping), (key) => key);
    return {
      groups: yield* hanging(
        images.length,
        grouping.by === 'none' ? exact : [...twins, ...same, ...volumes, ...keys],
      ),
      scans: yield* hanging(images.length, twins),
      patients: yield* bundles(images, ({ patient }) => patient),
    };
  });
}

/** Places of things that share a key; null shares with none. */
function* bundles<T>(things: readonly T[], keyOf: (thing: T) => string | null): Steps<number[][]> {
  const found = new Map<string, number[]>();
  yield* forEachInSteps(things, (thing, place) => {
    const key = keyOf(thing);
    if (key === null) return;
    const bundle = found.get(key);
    if (bundle) bundle.push(place);
    else found.set(key, [place]);
  });
  return [...found.values()];
}

/** All places in heaps that hang together through bundles: walked breadth first from each that was not reached yet. */
function* hanging(n: number, bundled: readonly (readonly number[])[]): Steps<number[][]> {
  const at: number[][] = [];
  for (let place = 0; place < n; place += 1) at.push([]);
  yield* forEachInSteps(bundled, (places, bundle) => {
    if (places.length > 1) for (const place of places) at[place]!.push(bundle);
  });
  const [reached, walked] = [new Uint8Array(n), new Uint8Array(bundled.length)];
  const heaps: number[][] = [];
  for (let start = 0; start < n; start += 1) {
    if (start % STEP_LENGTH === 0) yield;
    if (reached[start]) continue;
    reached[start] = 1;
    const heap = [start];
    for (let next = 0; next < heap.length; next += 1)
      for (const bundle of at[heap[next]!]!) {
        if (walked[bundle]) continue;
        walked[bundle] = 1;
        for (const place of bundled[bundle]!)
          if (!reached[place]) {
            reached[place] = 1;
            heap.push(place);
          }
      }
    heaps.push(heap);
  }
  return heaps;
}

const pairs = (n: number) => (n * (n - 1)) / 2;

/** How many of some images lie in each part, in any, and in how many parts. */
function tallied(places: readonly number[], partAt: readonly (Part | undefined)[]) {
  const at = { train: 0, validation: 0, test: 0 };
  for (const place of places) {
    const part = partAt[place];
    if (part) at[part] += 1;
  }
  return {
    ...at,
    all: at.train + at.validation + at.test,
    parts: Number(at.train > 0) + Number(at.validation > 0) + Number(at.test > 0),
  };
}
