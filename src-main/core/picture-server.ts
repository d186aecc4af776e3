import path from 'node:path';
import pLimit from 'p-limit';
import { FalxError } from '../contract/errors.ts';
import { thumbnailInSubprocess } from '../images/subprocess.ts';
import { decodersAtOnce } from '../images/decode.ts';
import type { ImageRecord } from '../contract/records.ts';
import { pictureNamed } from '../images/scan.ts';
import { smallPictureOf } from '../import/derived.ts';
import type { Core } from './core.ts';

/** A picture to be sent to a window. */
export type Picture = { sha256: string; side: number; jpeg: Uint8Array };

/** Possible sources of a picture: files, absolute, one of which should have this content. */
type Source = {
  sha256: string;
  files: Pick<ImageRecord, 'file' | 'frame'>[];
  what: string;
  /** Makes it from the import's derivative, if there is one. */
  derived?: (side: number) => Promise<Uint8Array | null>;
};

type PendingPicture = { wanted: (AbortSignal | undefined)[]; jpeg: Promise<Uint8Array> };

/** Pictures for windows, made once and cached. */
export class Pictures {
  readonly #core: Pick<Core, 'registry' | 'thumbnails'>;
  readonly #underWay = new Map<string, PendingPicture>();
  readonly #decode = pLimit(decodersAtOnce);

  constructor(core: Pick<Core, 'registry' | 'thumbnails'>) {
    this.#core = core;
  }

  /**
   * An image of a dataset, as it was imported.
   * @throws FalxError `not-found`, also if its file has changed since; or as `decode`.
   */
  image(id: number, side: number, signal?: AbortSignal): Promise<Picture> {
    const { registry } = this.#core;
    const image = registry.images.get(id);
    const { sha256, file, frame } = image;
    const dataset = registry.datasets.get(image.datasetId);
    const whole = path.join(dataset.folder, file);
    const derived = (side: number) => smallPictureOf(registry, dataset, image, side);
    return this.#picture({ sha256, files: [{ file: whole, frame }], what: whole, derived }, side, signal);
  }

  /**
   * A scan that was predicted, as long as one of its files still has the same content.
   * @throws FalxError `not-found`, or as `decode`.
   */
  scan(sha256: string, side: number, signal?: AbortSignal): Promise<Picture> {
    const names = this.#core.registry.predictions.scanFiles(sha256);
    const what = names[0] ?? `the scan ${sha256}`;
    return this.#picture({ sha256, files: names.map(pictureNamed), what }, side, signal);
  }

  async #picture(source: Source, side: number, signal?: AbortSignal): Promise<Picture> {
    if (source.files.length === 0) throw gone(source);
    const { sha256 } = source;
    const kept = await this.#core.thumbnails.read(sha256, side);
    if (kept) return { sha256, side, jpeg: kept };
    // Several tiles may show one picture; it is made once, as long as one of them still needs it.
    const making = this.#underWay.get(`${sha256}-${side}`) ?? this.#make(source, side);
    making.wanted.push(signal);
    return { sha256, side, jpeg: await making.jpeg };
  }

  #make(source: Source, side: number): PendingPicture {
    const name = `${source.sha256}-${side}`;
    const wanted: PendingPicture['wanted'] = [];
    const work = async () => {
      if (wanted.every((signal) => signal?.aborted)) {
        this.#underWay.delete(name);
        throw new FalxError('pictureNotWanted', {});
      }
      const jpeg = (await source.derived?.(side)) ?? (await draw(source, side));
      if (!this.#core.registry.predictions.isPassing(source.sha256))
        await this.#core.thumbnails.keep(source.sha256, side, jpeg);
      return jpeg;
    };
    const forget = () => {
      if (this.#underWay.get(name) === making) this.#underWay.delete(name);
    };
    const making: PendingPicture = { wanted, jpeg: this.#decode(work).finally(forget) };
    this.#underWay.set(name, making);
    return making;
  }
}

/** From the first file with the right content. */
async function draw(source: Source, side: number): Promise<Uint8Array> {
  for (const file of source.files) {
    const jpeg = await thumbnailInSubprocess('', { ...file, sha256: source.sha256 }, side).catch(missing);
    if (jpeg) return jpeg;
  }
  throw gone(source);
}

/** A missing file is skipped; a decoding error is reported. */
function missing(error: unknown): null {
  if (error instanceof FalxError && error.facts['format'] === undefined && error.code === 'unreadable-file')
    return null;
  throw error;
}

function gone({ sha256, what }: Source): FalxError {
  return new FalxError('pictureGone', { kind: 'picture', sha256, file: what });
}
