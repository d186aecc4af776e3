import { type PassedOver, remedyOf } from '../system/installation.ts';
import { type GpuFacts, isGpuThere } from './gpu-facts.ts';
import { gpuNeeds } from './gpu-needs.ts';
import { compareDrivers, type NoAnswer, type NvidiaAnswer, type NvidiaGpu } from './nvidia.ts';

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

/** A sentence, and by which a window words it. */
export type GpuReason = { reason: string; facts: { why: keyof typeof sentences } & Facts };

type Facts = Partial<
  Record<
    | 'said'
    | 'driver'
    | 'needed'
    | 'name'
    | 'capability'
    | 'library'
    | 'installation'
    | 'value'
    | 'file'
    | 'folder',
    string
  >
>;

const driverOf = gpuNeeds.driver.split('.').slice(0, 2).join('.');

/** What the user added, and what was installed, is looked after in Settings. */
const kindOf = ({ installation }: Facts) => (installation === 'checkout' ? 'checkout' : 'package');

/** Each reason with what to do about it. The windows' own are in src-renderer/messages, by the same codes. */
const sentences = {
  gpuMac: () => 'TensorFlow has no GPU build for macOS.',
  gpuWindows: () =>
    'TensorFlow has no GPU build for Windows. Use Linux, or the Windows Subsystem for Linux (WSL 2).',
  gpuWsl1: () =>
    'This Windows Subsystem for Linux is of version 1, which has no GPU. Convert it in Windows to version 2 (wsl --set-version NAME 2).',
  gpuWslDriver: () =>
    `No NVIDIA driver answers in this Windows Subsystem for Linux. Install NVIDIA's driver in Windows, not in Linux, then update the subsystem there and start it anew (wsl --update, wsl --shutdown).`,
  gpuNone: () => 'There is no NVIDIA GPU in this machine.',
  gpuDriver: () =>
    `There is an NVIDIA GPU, but its driver is not loaded. Install the driver, ${driverOf} or newer, and start the machine again.`,
  gpuMismatch: () =>
    'The NVIDIA driver was updated while it was in use, and its parts no longer fit each other. Start the machine again.',
  gpuLost: () =>
    'The NVIDIA GPU no longer answers. Start the machine again; if it comes back, look after its cooling and power supply.',
  gpuHung: () => 'The NVIDIA driver does not answer: "nvidia-smi" does not end. Start the machine again.',
  gpuUnknown: ({ driver }: Facts) =>
    `The NVIDIA driver ${driver} is loaded and knows none of the GPUs in this machine: it may be older than the GPU. Install the newest driver for it and start the machine again.`,
  gpuFiles: () =>
    'The NVIDIA driver is loaded, but its device files (/dev/nvidia0) are missing. In a container, start it with the GPU passed through (--gpus all).',
  gpuManagement: () =>
    `The driver's library libnvidia-ml.so.1 is not found, and TensorFlow takes no GPU without it. Install the driver's package that has it (Debian: libnvidia-ml1; Ubuntu: libnvidia-compute-… of your driver); in a container, set NVIDIA_DRIVER_CAPABILITIES=compute,utility.`,
  gpuCuda: () =>
    `The driver's library libcuda.so.1 is not found. Install the driver's package that has it (Debian: libcuda1; Ubuntu: libnvidia-compute-… of your driver); in a container, set NVIDIA_DRIVER_CAPABILITIES=compute,utility.`,
  gpuDriverOld: ({ driver, needed }: Facts) =>
    `The NVIDIA driver ${driver} is too old for the CUDA 12.8 that TensorFlow works with. Install ${needed} or newer and start the machine again.`,
  gpuTooNew: ({ name, capability }: Facts) =>
    `${name} (compute capability ${capability}) is newer than this TensorFlow, whose code for GPUs ends at 9.0 and is known to fail on it. It is left unused; a later Falx may bring a TensorFlow that can.`,
  gpuTooOld: ({ name, capability }: Facts) =>
    `${name} (compute capability ${capability}) is too old for this TensorFlow, which needs 6.0 or later. It is left unused.`,
  gpuHidden: ({ value }: Facts) =>
    `CUDA_VISIBLE_DEVICES is set to "${value}", which hides every GPU. Unset it and start Falx again.`,
  gpuBuild: (facts: Facts) =>
    `There is an NVIDIA GPU with a driver, but this TensorFlow is the one for processors alone. ${remedyOf('addGpu', kindOf(facts))}`,
  gpuLibrary: (facts: Facts) =>
    `TensorFlow could not load ${facts.library}, and takes no GPU without it: ${facts.said}. ${remedyOf('mendGpu', kindOf(facts))}`,
  gpuCrashed: ({ said }: Facts) =>
    `TensorFlow ends when it asks for the GPU (${said}). Start the machine again or update the NVIDIA driver; until then choose "Processor only" in Settings.`,
  packDamaged: ({ file, folder }: Facts) =>
    `The GPU support in ${folder} is not what it was when it was added (${file}) and is not used: Falx computes with the processor. "falx gpu status --verify" (or "Check its files" in Settings) reads all of it, and has it used again if it is whole; if not, remove it and add it again (falx gpu remove, falx gpu install).`,
  packOutdated: ({ value, needed }: Facts) =>
    `The GPU support that was added is of TensorFlow ${value}, and this Falx works with ${needed}: it is not used, and Falx computes with the processor. Add it anew in Settings (falx gpu install).`,
  packUnusable: ({ folder, said }: Facts) =>
    `The GPU support in ${folder} is not used: ${said}. Falx computes with the processor. Remove GPU support in Settings and add it again (falx gpu remove, falx gpu install).`,
  gpuSaid: ({ said }: Facts) => `TensorFlow found no GPU it can use: ${said}`,
  gpuUnsaid: () => 'TensorFlow found no GPU it can use and did not say why.',
} as const satisfies Record<string, (facts: Facts) => string>;

const because = (facts: GpuReason['facts']): GpuReason => ({ reason: sentences[facts.why](facts), facts });

/** Why GPU support that was added is not used, so that the processor is. */
export function whyPassedOver({ folder, reason, damage, outdated }: PassedOver): GpuReason {
  if (damage !== null) return because({ why: 'packDamaged', file: damage.file, folder });
  if (outdated !== null) return because({ why: 'packOutdated', value: outdated.its, needed: outdated.ours });
  return because({ why: 'packUnusable', folder, said: reason });
}

/** What is wrong where `nvidia-smi` gives no GPU though there is one; else other signs decide. */
const noAnswers: Partial<Record<NoAnswer, GpuReason>> = {
  noDriver: because({ why: 'gpuDriver' }),
  noLibrary: because({ why: 'gpuManagement' }),
  mismatch: because({ why: 'gpuMismatch' }),
  lost: because({ why: 'gpuLost' }),
  hung: because({ why: 'gpuHung' }),
};

/** Why TensorFlow uses no GPU, with what to do about it: what is wrong with the machine before what is with TensorFlow. */
export function whyNoGpu(facts: GpuFacts, { build, from, log, crashed }: GpuTry): GpuReason {
  return (
    wrongWithMachine(facts) ??
    (build === 'cpu' ? because({ why: 'gpuBuild', installation: from }) : null) ??
    hidden(facts) ??
    missingLibrary(log, from) ??
    (crashed ? because({ why: 'gpuCrashed', said: lastWords(log) || 'without a word' }) : null) ??
    saidIn(log)
  );
}

/** What speaks against each GPU of this machine, whatever TensorFlow; null when nothing is known to. */
export function wrongWithMachine(facts: GpuFacts): GpuReason | null {
  const { platform, wsl, nvidia, driver, deviceFiles } = facts;
  if (platform === 'darwin') return because({ why: 'gpuMac' });
  if (platform === 'win32') return because({ why: 'gpuWindows' });
  if (wsl === 1) return because({ why: 'gpuWsl1' });
  if (nvidia.kind === 'gpus') return wrongWithAll(nvidia.gpus);
  if (wsl === 2 && facts.sharedByWindows && !isGpuThere(facts)) return because({ why: 'gpuWslDriver' });
  if (!isGpuThere(facts)) return because({ why: 'gpuNone' });
  const told = noAnswers[nvidia.why] ?? null;
  const isLoaded = nvidia.why !== 'noDriver';
  if (wsl === 2) return told && isLoaded ? told : because({ why: 'gpuWslDriver' });
  if (told && isLoaded) return told;
  if (!driver) return because({ why: 'gpuDriver' });
  if (!deviceFiles) return because({ why: 'gpuFiles' });
  if (isOld(driver)) return tooOldDriver(driver);
  return nvidia.why === 'noDevice' ? because({ why: 'gpuUnknown', driver }) : told;
}

const isOld = (driver: string): boolean => compareDrivers(driver, gpuNeeds.driver) < 0;
const tooOldDriver = (driver: string) => because({ why: 'gpuDriverOld', driver, needed: gpuNeeds.driver });

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
  if (major >= gpuNeeds.capabilities.below) return because({ why: 'gpuTooNew', name, capability });
  return major < gpuNeeds.capabilities.from ? because({ why: 'gpuTooOld', name, capability }) : null;
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
  return known ? null : because({ why: 'gpuHidden', value: visible });
}

/** Looked for and done without: they are for other things. */
const dispensable = /^lib(nvinfer|cupti|nvrtc|nvshmem)/;

/** The first library that TensorFlow's loader says it could not open, in the order that it needs them. */
function missingLibrary(log: string, installation: GpuTry['from']): GpuReason | null {
  for (const [, library = '', said = ''] of log.matchAll(
    /Could not load dynamic library '([^']+)'; dlerror: (.*?)(?:; LD_LIBRARY_PATH: .*)?$/gm,
  )) {
    if (dispensable.test(library)) continue;
    if (library.startsWith('libcuda.')) return because({ why: 'gpuCuda' });
    if (library.startsWith('libnvidia-ml.')) return because({ why: 'gpuManagement' });
    return because({ why: 'gpuLibrary', library, said: said.replace(/\.$/, ''), installation });
  }
  return null;
}

function saidIn(log: string): GpuReason {
  const said = lastWords(log);
  return said === '' ? because({ why: 'gpuUnsaid' }) : because({ why: 'gpuSaid', said });
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
