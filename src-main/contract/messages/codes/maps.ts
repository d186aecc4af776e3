import { error, note } from '../entry.ts';
import { choice, message, network, number, percent, place, text } from '../parameters.ts';

/** Where a network looked. */
export const maps = {
  mapNotMade: error('not-found', { run: text, file: place }),
  mapNoScans: error('bad-split', { run: text }),
  mapScanChanged: error('not-found', { file: place }),
  mapsNotWritten: error('disk', { folder: text, reason: message }),
  mapMethodUnknown: error('bad-usage', { typed: text, known: text }),
  /** The name of a method. */
  mapMethod: note({ of: choice('cam', 'gradcampp', 'occlusion') }),
  /** What a method is, in a sentence. */
  mapMethodAbout: note({ of: choice('cam', 'gradcampp', 'occlusion') }),
  /** What no map can show. */
  mapLimits: note({}),
  /** Caption of a map's picture: its method and its class. */
  mapPictured: note({ of: choice('cam', 'gradcampp', 'occlusion'), label: text }),
  mapPicturedLikeRandom: note({}),
  mapPicturedOutside: note({ share: percent }),
  mapOutside: note({ share: percent, even: percent }),
  mapPassed: note({ network, layers: number, scans: number, similarity: number }),
  mapLikeRandom: note({ network, layers: number, scans: number, similarity: number }),
  mapRepeats: note({ runs: number, similarity: number }),
  mapNoRepeat: note({}),
  mapsWritten: note({ count: number, folder: text }),
  progressMaps: note({ done: number, of: number }),
} as const;
