import { error, note } from '../entry.ts';
import { detail, optional, text } from '../parameters.ts';

/** Why a GPU is not used, and GPU support that is added. `installation`: how Falx came to be here, `checkout` or another. */
export const gpu = {
  gpuMac: note({}),
  gpuWindows: note({}),
  gpuWsl1: note({}),
  gpuWslDriver: note({}),
  gpuNone: note({}),
  gpuDriver: note({}),
  gpuMismatch: note({}),
  gpuLost: note({}),
  gpuHung: note({}),
  gpuUnknown: note({ driver: text }),
  gpuFiles: note({}),
  gpuManagement: note({}),
  gpuCuda: note({}),
  gpuDriverOld: note({ driver: text, needed: text }),
  gpuTooNew: note({ name: text, capability: text }),
  gpuTooOld: note({ name: text, capability: text }),
  gpuHidden: note({ value: text }),
  gpuBuild: note({ installation: text }),
  gpuLibrary: note({ library: text, installation: text, detail }),
  gpuCrashed: note({ detail: optional(detail) }),
  gpuSaid: note({ detail }),
  gpuUnsaid: note({}),
  packDamaged: note({ file: text, folder: text }),
  packOutdated: note({ value: text, needed: text }),
  packUnusable: note({ folder: text, detail }),
  packTraining: error('gpu-support', { run: text }),
  packBusy: error('bad-usage', {}),
} as const;
