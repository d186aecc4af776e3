import { message, type Message, type ParametersOf } from '../contract/messages/catalogue.ts';
import type { PassedOver } from '../system/installation.ts';
import { type GpuFacts, isGpuThere } from './gpu-facts.ts';
import { gpuNeeds } from './gpu-needs.ts';
import { compareDrivers, type NoAnswer, type NvidiaAnswer, type NvidiaGpu } from './nvidia.ts';
import type { gpu } from '../contract/messages/codes/gpu.ts';

/** A TensorFlow that should use a GPU, and the result of its search for one. */
export type GpuAttempt = {
  build: 'cpu' | 'gpu';
  /** Source of that TensorFlow, which determines the remedy. */
  from: 'user' | 'package' | 'checkout';
  /** Its output, with `TF_CPP_VMODULE=dso_loader=1`. */
  log: string;
  /** It crashed, but not with all GPUs hidden. */
  crashed: boolean;
};

export type GpuReason = Message<GpuCode>;
type GpuCode = keyof typeof gpu;

const because: <C extends GpuCode>(code: C, parameters: ParametersOf<C>) => GpuReason = message as never;

/** Why installed GPU support is not used, and the processor is instead. */
export function whyPassedOver({ folder, reason, damage, outdated }: PassedOver): GpuReason {
  if (damage !== null) return because('packDamaged', { file: damage.file, folder });
  if (outdated !== null) return because('packOutdated', { value: outdated.its, needed: outdated.ours });
  return because('packUnusable', { folder, detail: { from: 'Falx', text: reason } });
}

/** The problem if `nvidia-smi` reports no GPU though there is one; otherwise other facts decide. */
const noAnswers: Partial<Record<NoAnswer, GpuReason>> = {
  noDriver: because('gpuDriver', {}),
  noLibrary: because('gpuManagement', {}),
  mismatch: because('gpuMismatch', {}),
  lost: because('gpuLost', {}),
  hung: because('gpuHung', {}),
};

/** Why TensorFlow uses no GPU, with a remedy: problems of the machine before those of TensorFlow. */
export function whyNoGpu(facts: GpuFacts, { build, from, log, crashed }: GpuAttempt): GpuReason {
  const said = lastWords(log);
  return (
    wrongWithMachine(facts) ??
    (build === 'cpu' ? because('gpuBuild', { installation: from }) : null) ??
    hidden(facts) ??
    missingLibrary(log, from) ??
    (crashed
      ? because('gpuCrashed', { detail: said === '' ? undefined : { from: 'TensorFlow', text: said } })
      : null) ??
    saidIn(log)
  );
}

/** The problem with this machine's GPUs, whatever the TensorFlow; null if none is known. */
export function wrongWithMachine(facts: GpuFacts): GpuReason | null {
  const { platform, wsl, nvidia, driver, deviceFiles } = facts;
  if (platform === 'darwin') return because('gpuMac', {});
  if (platform === 'win32') return because('gpuWindows', {});
  if (wsl === 1) return because('gpuWsl1', {});
  if (nvidia.kind === 'gpus') return wrongWithAll(nvidia.gpus);
  if (wsl === 2 && facts.sharedByWindows && !isGpuThere(facts)) return because('gpuWslDriver', {});
  if (!isGpuThere(facts)) return because('gpuNone', {});
  const told = noAnswers[nvidia.why] ?? null;
  const isLoaded = nvidia.why !== 'noDriver';
  if (wsl === 2) return told && isLoaded ? told : because('gpuWslDriver', {});
  if (told && isLoaded) return told;
  if (!driver) return because('gpuDriver', {});
  if (!deviceFiles) return because('gpuFiles', {});
  if (isOld(driver)) return tooOldDriver(driver);
  return nvidia.why === 'noDevice' ? because('gpuUnknown', { driver }) : told;
}

const isOld = (driver: string): boolean => compareDrivers(driver, gpuNeeds.driver) < 0;
const tooOldDriver = (driver: string) => because('gpuDriverOld', { driver, needed: gpuNeeds.driver });

function wrongWithAll(gpus: readonly NvidiaGpu[]): GpuReason | null {
  const wrong = gpus.map(wrongWithGpu);
  return wrong.every((reason) => reason !== null) ? (wrong[0] ?? null) : null;
}

/** Why this TensorFlow can't use a working GPU; null if it can. */
export function wrongWithGpu({ name, driver, computeCapability }: NvidiaGpu): GpuReason | null {
  if (isOld(driver)) return tooOldDriver(driver);
  if (!computeCapability) return null;
  const [major] = computeCapability;
  const capability = computeCapability.join('.');
  if (major >= gpuNeeds.capabilities.below) return because('gpuTooNew', { name, capability });
  return major < gpuNeeds.capabilities.from ? because('gpuTooOld', { name, capability }) : null;
}

/** The GPUs that this TensorFlow has code for, and whose driver it supports. */
export const usableGpus = (answer: NvidiaAnswer): readonly NvidiaGpu[] =>
  answer.kind === 'gpus' ? answer.gpus.filter((gpu) => wrongWithGpu(gpu) === null) : [];

/** CUDA uses the listed devices up to the first that it doesn't know. */
function hidden({ visible, nvidia }: GpuFacts): GpuReason | null {
  if (visible === null) return null;
  const first = visible.split(',')[0]!.trim();
  const gpus = nvidia.kind === 'gpus' ? nvidia.gpus : [];
  const known = /^\d+$/.test(first)
    ? gpus.length === 0 || Number(first) < gpus.length
    : gpus
        .flatMap(({ uuid, parts }) => [uuid, ...parts.map((part) => part.uuid)])
        .some((uuid) => first !== '' && uuid.startsWith(first));
  return known ? null : because('gpuHidden', { value: visible });
}

/** Optional libraries: they are needed for other features. */
const dispensable = /^lib(nvinfer|cupti|nvrtc|nvshmem)/;

/** The first library that TensorFlow's loader could not open, in the order that it needs them. */
function missingLibrary(log: string, installation: GpuAttempt['from']): GpuReason | null {
  for (const [, library = '', said = ''] of log.matchAll(
    /Could not load dynamic library '([^']+)'; dlerror: (.*?)(?:; LD_LIBRARY_PATH: .*)?$/gm,
  )) {
    if (dispensable.test(library)) continue;
    if (library.startsWith('libcuda.')) return because('gpuCuda', {});
    if (library.startsWith('libnvidia-ml.')) return because('gpuManagement', {});
    return because('gpuLibrary', {
      library,
      detail: { from: 'TensorFlow', text: said.replace(/\.$/, '') },
      installation,
    });
  }
  return null;
}

function saidIn(log: string): GpuReason {
  const said = lastWords(log);
  return said === ''
    ? because('gpuUnsaid', {})
    : because('gpuSaid', { detail: { from: 'TensorFlow', text: said } });
}

/** The last lines about a GPU in TensorFlow's output, without time and source location. */
function lastWords(log: string): string {
  return log
    .split('\n')
    .filter((line) => /cuda|gpu|dlopen|nvidia|terminate|what\(\)/i.test(line))
    .filter((line) => !/Successfully opened|before absl::InitializeLog/.test(line))
    .map((line) => line.replace(/^[WEIF]?\d{4,}[^\]]*\]\s*/, '').replace(/^[\d\-: .]+[WEIF] [^\]]*\]\s*/, ''))
    .slice(-3)
    .join(' ')
    .slice(0, 600);
}
