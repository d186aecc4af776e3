import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TwinLink } from '../../src-main/contract/check.ts';
import type { Part } from '../../src-main/contract/records.ts';
import { Registry } from '../../src-main/registry/registry.ts';
import * as sample from '../registry/sample-records.ts';

export const [TUMOUR, HEALTHY] = ['Brain Tumor', 'Healthy'] as const;
export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** An image to create: `<class>/<name>`, distinct from all others unless its contents are given. */
export interface ImageSpec {
  name: string;
  className?: string;
  contents?: string;
  given?: Part;
  patient?: string;
  /** Appends `#` and this to its name. */
  frame?: string;
  series?: string;
}

/** A registry in a temporary folder; it may be replaced by one that was reopened. */
export interface Made {
  home: string;
  registry: Registry;
  remove: () => void;
}

export function newRegistry(): Made {
  const home = mkdtempSync(path.join(tmpdir(), 'falx-groups-'));
  const made: Made = {
    home,
    registry: Registry.open(home),
    remove: () => {
      made.registry.close();
      rmSync(home, { recursive: true });
    },
  };
  return made;
}

/** Adds a dataset of the given images, in that order. @returns each one's id by its name. */
export function addDataset(registry: Registry, id: string, specs: readonly ImageSpec[]): Map<string, number> {
  const images = specs.map(
    ({ name, className = HEALTHY, contents, given = null, patient = null, frame = null, series }) => ({
      ...sample.image(`${className}/${name}`, className),
      sha256: sha256(contents ?? `${className}/${name}`),
      givenPart: given,
      patient,
      frame,
      facts: series === undefined ? null : { modality: 'MR', series },
    }),
  );
  registry.datasets.add(sample.dataset(id), images, []);
  const stored = registry.images.list(id);
  return new Map(specs.map(({ name }, index) => [name, stored[index]!.id]));
}

/** Stores a check that found these pairs to be twins. */
export function putTwins(
  registry: Registry,
  datasetId: string,
  pairs: readonly (readonly [number, number, Partial<TwinLink>?])[],
): void {
  const { hash } = registry.datasets.get(datasetId);
  registry.checks.put(
    {
      datasetId,
      datasetHash: hash,
      created: new Date().toISOString(),
      method: 'twins-1',
      images: registry.images.list(datasetId).length,
      compared: pairs.length,
      seconds: 1,
      unreadable: [],
    },
    pairs.map(([firstId, otherId, rest]) => ({
      firstId,
      otherId,
      correlation: 0.98,
      detail: 0.95,
      change: { mirrored: true, turned: 0, rotated: 0 },
      ...rest,
    })),
  );
}

/** Adds a dataset in which every image has a twin of its class: half as many scans. @param count of images, a multiple of 4. */
export function addTwinned(registry: Registry, id: string, count: number): void {
  const specs = Array.from({ length: count }, (_, n) => ({
    name: `${n}`,
    className: n % 2 ? TUMOUR : HEALTHY,
  }));
  const ids = [...addDataset(registry, id, specs).values()];
  putTwins(
    registry,
    id,
    ids.flatMap((image, n): [number, number][] => (n % 4 < 2 ? [[image, ids[n + 2]!]] : [])),
  );
}
