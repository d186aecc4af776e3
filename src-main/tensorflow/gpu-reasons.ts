import { message, type Message, type ParametersOf } from '../contract/messages/catalogue.ts';
import type { PassedOver } from '../system/installation.ts';
import { type GpuFacts, isGpuThere } from './gpu-facts.ts';
import { gpuNeeds } from './gpu-needs.ts';
import { compareDrivers, type NoAnswer, type NvidiaAnswer, type NvidiaGpu } from './nvidia.ts';
import type { gpu } from '../contract/messages/codes/gpu.ts';

/** Which TensorFlow would use a GPU, and what came of its looking for one. */
export type GpuTry = {
  build: 'cpu' | 'gpu';
  /** Where that TensorFlow is from, which decides the remedy. */
  from: 'user' | 'package' | 'checkout';
  /** What it printed, with `TF_CPP_VMODULE=dso_loader=1`. */
  log: string;
  /** It ended its process, and did not with all GPUs hidden. */
  crashed: boolean;
};

export type GpuReason = Message<GpuCode>;
type GpuCode = keyof typeof gpu;

const because: <C extends GpuCode>(code: C, parameters: ParametersOf<C>) => GpuReason = message as never;

/** Why GPU support that was added is not used, so that the processor is. */
export function whyPassedOver({ folder, reason, damage, outdated }: PassedOver): GpuReason {
  if (damage !== null) return because('packDamaged', { file: damage.file, folder });
  if (outdated !== null) return because('packOutdated', { value: outdated.its, needed: outdated.ours });
  return because('packUnusable', { folder, detail: { from: 'Falx', text: reason } });
}

/** What is wrong where `nvidia-smi` gives no GPU though there is one; else other signs decide. */
const noAnswers: Partial<Record<NoAnswer, GpuReason>> = {
  noDriver: because('gpuDriver', {}),
  noLibrary: because('gpuManagement', {}),
  mismatch: because('gpuMismatch', {}),
  lost: because('gpuLost', {}),
  hung: because('gpuHung', {}),
};

/** Why TensorFlow uses no GPU, with what to do about it: what is wrong with the machine before what is with TensorFlow. */
export function whyNoGpu(facts: GpuFacts, { build, from, log, crashed }: GpuTry): GpuReason {
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

/** What speaks against each GPU of this machine, whatever TensorFlow; null when nothing is known to. */
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

/** Why this TensorFlow can't use a GPU that works; null when it can. */
export function wrongWithGpu({ name, driver, computeCapability }: NvidiaGpu): GpuReason | null {
  if (isOld(driver)) return tooOldDriver(driver);
  if (!computeCapability) return null;
  const [major] = computeCapability;
  const capability = computeCapability.join('.');
  if (major >= gpuNeeds.capabilities.below) return because('gpuTooNew', { name, capability });
  return major < gpuNeeds.capabilities.from ? because('gpuTooOld', { name, capability }) : null;
}

/** Those of the GPUs that this TensorFlow has code for, and whose driver it can work with. */
export const usableGpus = (answer: NvidiaAnswer): readonly NvidiaGpu[] =>
  answer.kind === 'gpus' ? answer.gpus.filter((gpu) => wrongWithGpu(gpu) === null) : [];

/** CUDA takes what is listed up to the first that it doesn't know. */
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

/** Looked for and done without: they are for other things. */
const dispensable = /^lib(nvinfer|cupti|nvrtc|nvshmem)/;

/** The first library that TensorFlow's loader says it could not open, in the order that it needs them. */
function missingLibrary(log: string, installation: GpuTry['from']): GpuReason | null {
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

/** The last lines about a GPU in what TensorFlow printed, without their time and place. */
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
