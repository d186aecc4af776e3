import { z } from 'zod';
import { error, note } from '../entry.ts';
import { bytes, choice, detail, fact, message, network, number, optional, text } from '../parameters.ts';

/** Pretrained weights: files of Keras, stored ones, and packs of them. */
export const weights = {
  weightsUnreadable: error('unreadable-file', { file: text, reason: message }),
  /** @param bytes of the file. */
  weightsDamaged: error('bad-weights', { file: text, bytes: optional(fact(z.number())), detail }),
  weightsEntryTooLarge: error('bad-weights', { file: text, entry: text, bytes }),
  weightsEntryChecksum: error('bad-weights', { file: text, entry: text }),
  /** @param extension of its name. @param holds what it contains instead. */
  weightsNoKeras: error('bad-weights', {
    file: text,
    what: choice('other', 'hdf5', 'archive'),
    extension: optional(fact(z.string())),
    holds: optional(fact(z.array(z.string()))),
  }),
  weightsArrayKind: error('bad-weights', { file: text, array: text }),
  weightsArrayTooLarge: error('too-large', { file: text, array: text, bytes }),
  /** @param array `none` if a layer's list of weights is missing. */
  weightsIncomplete: error('bad-weights', { file: text, layer: text, array: text }),
  weightsTwoNetworks: error('bad-weights', { file: text, layer: text }),
  /** @param layers those in the file, at most ten. */
  weightsOther: error('bad-weights', {
    file: text,
    networks: text,
    layers: optional(fact(z.array(z.string()))),
  }),
  /** @param of what is missing: the whole layer, or one of its arrays. @param needed its shape, as `[3, 3]`. */
  weightsLayerMissing: error('bad-weights', {
    file: text,
    of: choice('layer', 'weight'),
    layer: text,
    weight: text,
    needed: text,
    title: text,
  }),
  weightsShape: error('bad-weights', {
    file: text,
    layer: text,
    weight: text,
    found: text,
    needed: text,
    title: text,
  }),
  weightsValue: error('bad-weights', {
    file: text,
    layer: text,
    weight: text,
    value: text,
    index: fact(z.number()),
  }),
  /** @param weight `none` if the whole layer is superfluous. */
  weightsLayerExtra: error('bad-weights', { file: text, layer: text, weight: text, title: text }),
  weightsTopLeftOut: note({ layer: text }),
  weightsByOrder: note({}),

  /** @param networkName as typed. @param source where they came from. */
  weightsGone: error('weights-missing', {
    network,
    networkName: text,
    file: text,
    source: optional(fact(z.string())),
  }),
  weightsNoRoom: error('disk', { file: text, folder: text }),
  weightsRecord: error('unreadable-file', { file: text }),
  weightsUnderWay: error('bad-usage', { network }),

  weightPackNothing: error('weights-missing', { networks: text, missing: fact(z.array(z.string())) }),
  weightPackThere: error('bad-usage', { file: text }),
  weightsNotAsAdded: error('bad-weights', { file: text }),
  weightPackNotWritten: error('disk', { file: text, reason: message }),
  weightPackRefused: error('bad-weights', { file: text, reason: message }),
  weightPackDamaged: note({ detail }),
  weightPackPath: note({ entry: text }),
  weightPackKind: note({ entry: text }),
  weightPackTwice: note({ entry: text }),
  weightPackManifest: note({}),
  weightPackNewer: note({ falx: text }),
  weightPackUnknown: note({ entry: text }),
  weightPackMissing: note({ entry: text }),
  weightPackLength: note({ entry: text, bytes: number, size: number }),
  weightPackHash: note({ entry: text }),
} as const;
