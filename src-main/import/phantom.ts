import { randomFrom } from '../statistics/random.ts';

/**
 * A synthetic axial brain slice: scalp, skull, folded cortex, white matter, ventricles, falx; as contrast-enhanced T1 or FLAIR;
 * with the scanner's bias field and Rician noise. Not anatomically accurate and not for evaluating a model: something to try Falx
 * with when no scans are at hand. Only a lesion distinguishes the classes: every other choice, distractors included, is drawn
 * before and independently of it.
 * Lengths are in half-heads: the head is the unit disc, x to the image's right, y to the back of the head.
 * @param side width and height, pixels. @param seed with `name`, determines everything.
 * @returns grey, uint8 [side, side].
 */
export function drawSlice(side: number, seed: number, name: string, tumour: boolean): Uint8Array {
  const random = randomFrom(seed, name);
  const head = drawHead(random);
  const marks = drawMarks(random);
  const lesion = tumour ? drawLesion(randomFrom(seed, `${name} lesion`), head) : null;
  const pixels = new Uint8Array(side * side);
  const scanner = drawScanner(random);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const u = (2 * (column + 0.5)) / side - 1;
      const v = (2 * (row + 0.5)) / side - 1;
      const [x, y] = head.place(u, v);
      const signal = length(x, y) < 1.1 ? signalAt(x, y, head, marks, lesion) : 0;
      pixels[row * side + column] = scanner(signal, u, v);
    }
  }
  return pixels;
}

type Random = () => number;
const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** Signals of the tissues, 1 the brightest; by eye, after published relative intensities. */
const contrasts = {
  t1: {
    scalp: 0.46,
    bone: 0.05,
    marrow: 0.27,
    csf: 0.09,
    grey: 0.34,
    white: 0.46,
    vessel: 0.72,
    oedema: 0.3,
    core: 0.14,
  },
  flair: {
    scalp: 0.4,
    bone: 0.05,
    marrow: 0.22,
    csf: 0.07,
    grey: 0.41,
    white: 0.33,
    vessel: 0.5,
    oedema: 0.62,
    core: 0.2,
  },
};

interface Head {
  tissue: (typeof contrasts)['t1'];
  place: (u: number, v: number) => [number, number];
  /** Relative radius of the outline by angle, about 1. */
  outline: (angle: number) => number;
  scalp: number;
  skull: number;
  /** Thickness of the cortex, and depth of the folds. */
  cortex: number;
  folds: number;
  /** Null in a slice above the ventricles. */
  middle: { deepGrey: Oval[]; horns: Oval[]; plexus: Oval } | null;
  sinus: Oval;
  /** Curvature of the falx. */
  bend: number;
  noise: Noise;
}

function drawHead(random: Random): Head {
  const tissue = { ...(random() < 0.5 ? contrasts.t1 : contrasts.flair) };
  for (const key of Object.keys(tissue) as (keyof typeof tissue)[])
    tissue[key] *= between(random, 0.93, 1.07);
  const width = between(random, 0.69, 0.79);
  const height = width * between(random, 1.13, 1.2);
  const angle = between(random, -0.2, 0.2);
  const [left, top, egg] = [
    between(random, -0.05, 0.05),
    between(random, -0.04, 0.04),
    between(random, 0.03, 0.09),
  ];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const waves = [2, 3, 4, 5].map((k) => ({
    k,
    size: between(random, 0, 0.022 / (k - 1)),
    phase: between(random, 0, 6.28),
  }));
  const [scalp, skull] = [between(random, 0.045, 0.075), between(random, 0.05, 0.085)];
  return {
    tissue,
    place: (u, v) => {
      const [dx, dy] = [u - left, v - top];
      const y = (cos * dy - sin * dx) / height;
      return [(cos * dx + sin * dy) / (width * (1 + egg * y)), y];
    },
    outline: (phi) => waves.reduce((sum, { k, size, phase }) => sum + size * Math.cos(k * phi + phase), 1),
    cortex: between(random, 0.05, 0.065),
    folds: between(random, 0.3, 0.42),
    scalp,
    skull,
    middle: random() < 0.25 ? null : drawMiddle(between(random, 0.55, 1.25)),
    sinus: ovalOf(0, 1 - scalp - skull - 0.035, 0.03, 0.03, 0),
    bend: between(random, -0.02, 0.02),
    noise: noiseOf(random),
  };
}

/** Deep grey matter and ventricles of the side x ≥ 0, mirrored to the other. @param size of the ventricles, about 1. */
function drawMiddle(size: number): NonNullable<Head['middle']> {
  return {
    deepGrey: [
      ovalOf(0.25, 0.1, 0.075, 0.12, 0.25),
      ovalOf(0.27, -0.1, 0.055, 0.16, -0.3),
      ovalOf(0.14, -0.14, 0.04, 0.1, 0.2),
    ],
    horns: [
      ovalOf(0.085 * size, -0.17, 0.045 * size, 0.15 * size, 0.38),
      ovalOf(0.1, 0.02, 0.03 * size, 0.17, 0),
      ovalOf(0.15 + 0.03 * size, 0.24, 0.055 * size, 0.15 * size, -0.38),
      ovalOf(0, 0.04, 0.013 * size, 0.09, 0),
    ],
    plexus: ovalOf(0.17 + 0.03 * size, 0.24, 0.018, 0.05, -0.38),
  };
}

/** Bright spots and rims in heads with and without a lesion: vessels, small white-matter spots, caps of the ventricles. */
interface Marks {
  spots: { x: number; y: number; radius: number; strength: number }[];
  caps: number;
  sinus: number;
  plexus: number;
}

function drawMarks(random: Random): Marks {
  const spots = Array.from({ length: Math.floor(between(random, 3, 9)) }, () => {
    const angle = between(random, 0, 2 * Math.PI);
    const far = Math.sqrt(between(random, 0.05, 0.6));
    return {
      x: far * Math.cos(angle),
      y: far * Math.sin(angle),
      radius: between(random, 0.012, 0.03),
      strength: between(random, 0.4, 1),
    };
  });
  return {
    spots,
    caps: between(random, 0, 0.6),
    sinus: between(random, 0.3, 1),
    plexus: between(random, 0, 0.9),
  };
}

interface Lesion {
  x: number;
  y: number;
  radius: number;
  /** How far its signal is from the tissue's towards its own, 0 to 1. */
  strength: number;
  /** Fraction of the radius that is necrotic core; 0 for a solid one. */
  core: number;
  /** Width of the oedema, in radii. */
  oedema: number;
  /** How far it displaces tissue, in radii. */
  push: number;
  noise: Noise;
}

function drawLesion(random: Random, { scalp, skull }: Head): Lesion {
  const radius = between(random, 0.2, 0.33);
  const angle = between(random, 0, 2 * Math.PI);
  const far = Math.sqrt(random()) * (1 - scalp - skull - 0.03 - 0.85 * radius);
  return {
    x: far * Math.cos(angle),
    y: far * Math.sin(angle),
    radius,
    strength: between(random, 0.85, 1),
    core: random() < 0.45 ? between(random, 0.35, 0.62) : 0,
    oedema: random() < 0.6 ? between(random, 0.3, 0.9) : 0,
    push: between(random, 0.1, 0.35),
    noise: noiseOf(random),
  };
}

function signalAt(x: number, y: number, head: Head, marks: Marks, lesion: Lesion | null): number {
  const { tissue, scalp, skull, noise } = head;
  const rho = length(x, y) / head.outline(Math.atan2(y, x));
  if (rho > 1.02) return 0;
  const inner = 1 - scalp - skull;
  if (rho > inner + 0.012) {
    const bone = mix(tissue.bone, tissue.marrow, bump(rho, inner + skull / 2, skull * 0.22));
    const skin = tissue.scalp * (0.82 + 0.3 * noise(x * 9, y * 9));
    const soft = mix(bone, skin, step(inner + skull - 0.012, inner + skull + 0.012, rho));
    return soft * (1 - step(0.985, 1.01, rho));
  }
  if (!lesion) return brainAt(x, y, rho, inner, head, marks);

  // Tissue beside the lesion was nearer its centre before it grew: look it up there.
  const [dx, dy] = [x - lesion.x, y - lesion.y];
  const away = length(dx, dy) / lesion.radius;
  const rough =
    0.45 * (lesion.noise(dx * 6 + 3, dy * 6 + 3) - 0.5) + 0.25 * (lesion.noise(dx * 14, dy * 14) - 0.5);
  const edge = away + rough;
  const pushed = lesion.push * Math.exp(-away * 0.9);
  const around = brainAt(x - dx * pushed, y - dy * pushed, rho, inner, head, marks);
  // Oedema spreads through white matter; dark areas (CSF) stay dark.
  const reach = 1 - step(1, 1 + lesion.oedema + 0.05, edge + 0.4 * (lesion.noise(dx * 9 + 7, dy * 9) - 0.5));
  const wet = lesion.oedema > 0 ? reach * step(tissue.csf * 1.5, tissue.grey * 0.8, around) : 0;
  const swollen = mix(around, tissue.oedema, 0.9 * wet);
  const rim = 0.97 - 0.12 * lesion.noise(dx * 12, dy * 12 + 5);
  const dead = lesion.core > 0 ? 1 - step(lesion.core - 0.08, lesion.core + 0.08, edge) : 0;
  const inside = (1 - step(0.93, 1.05, edge)) * lesion.strength;
  return mix(swollen, mix(rim, tissue.core, dead), inside);
}

function brainAt(x: number, y: number, rho: number, inner: number, head: Head, marks: Marks): number {
  const { tissue, noise } = head;
  const off = x - head.bend * Math.cos(1.6 * y);
  // Depth below the nearest surface: the brain's outside, or the falx where the corpus callosum does not bridge it.
  const bridge = head.middle ? 2 * (1 - step(0.3, 0.4, Math.abs(y + 0.02))) : 0;
  const depth = softMin(inner - 0.018 - rho, Math.abs(off) - 0.003 + bridge);
  const white = tissue.white * (0.96 + 0.08 * noise(x * 4 + 2, y * 4 + 2));
  const grey = tissue.grey * (0.95 + 0.1 * noise(x * 11, y * 11));
  let signal = depth > 0.5 ? white : cortexAt(x, y, depth, grey, white, head);
  if (head.middle && x * x + y * y < 0.36) signal = middleAt(x, y, signal, grey, head, head.middle, marks);
  signal = mix(signal, tissue.vessel, marks.sinus * (1 - step(0.6, 1.2, head.sinus(x, y))));
  for (const spot of marks.spots) {
    const away = length(x - spot.x, y - spot.y) / spot.radius;
    if (away < 1.5) signal = mix(signal, 1.05, spot.strength * (1 - step(0.5, 1.5, away)));
  }
  return mix(signal, tissue.csf, step(inner - 0.012, inner + 0.012, rho));
}

/** Sulci run inwards from the surface: ridges of noise by direction, distorted and crossed by ridges of noise by position. */
function cortexAt(x: number, y: number, depth: number, grey: number, white: number, head: Head): number {
  const { noise, cortex, tissue } = head;
  const far = Math.max(0.15, length(x, y));
  const [wx, wy] = [noise(x * 6 + 1, y * 6) - 0.5, noise(x * 6, y * 6 + 9) - 0.5];
  const radial = ridgeOf(noise((x / far) * 6.5 + wx * 2.4 + 20, (y / far) * 6.5 + wy * 2.4 + 20));
  const cross = ridgeOf(noise(x * 8 + wx * 2 + 40, y * 8 + wy * 2 + 40));
  const fold = Math.max(step(0.2, 0.5, far) * radial, 0.85 * cross);
  const deep = Math.max(0, depth) / 0.26;
  const reach = head.folds * (0.4 + 0.8 * noise(x * 3.5 + 5, y * 3.5 + 5)) * Math.exp(-deep * deep);
  // The cleft of a sulcus is thin; the grey matter on both its banks is as thick as elsewhere.
  const cleft = depth - reach * fold ** 9;
  const bank = depth - reach * fold ** 2.5;
  const tissueHere = mix(grey, white, step(cortex - 0.02, cortex + 0.022, bank));
  return mix(tissue.csf, tissueHere, step(-0.01, 0.012, cleft));
}

/** Deep grey matter, ventricles, and the bright caps and choroid plexus around and in them. */
function middleAt(
  x: number,
  y: number,
  around: number,
  grey: number,
  { tissue, noise }: Head,
  { deepGrey, horns, plexus }: NonNullable<Head['middle']>,
  marks: Marks,
): number {
  const wander = noise(x * 7 + 4, y * 7) - 0.5;
  const side = Math.abs(x);
  const nearest = (ovals: Oval[]) => ovals.reduce((least, oval) => Math.min(least, oval(side, y)), Infinity);
  let signal = mix(around, grey, 0.85 * (1 - step(0.9, 1.1, nearest(deepGrey) + 0.2 * wander)));
  const wall = nearest(horns) + 0.15 * wander;
  signal = mix(signal, tissue.vessel, 0.5 * marks.caps * bump(wall, 1.15, 0.14));
  signal = mix(signal, tissue.csf, 1 - step(0.85, 1.1, wall));
  return mix(signal, tissue.vessel, marks.plexus * (1 - step(0.6, 1.2, plexus(side, y))));
}

/** Coil sensitivity (smooth), gain, noise of both channels (Rician), and the window that reduces it to 8 bits. */
function drawScanner(random: Random): (signal: number, u: number, v: number) => number {
  const [bu, bv, buv, bb] = Array.from({ length: 4 }, () => between(random, -0.11, 0.11)) as [
    number,
    number,
    number,
    number,
  ];
  const gain = between(random, 175, 250);
  const noise = between(random, 0.012, 0.035);
  return (signal, u, v) => {
    const bias = 1 + bu * u + bv * v + buv * u * v + bb * (u * u + v * v - 0.5);
    const radius = noise * Math.sqrt(-2 * Math.log(1 - random())); // Box and Muller: two normal deviates
    const angle = 2 * Math.PI * random();
    const level = gain * length(signal * bias + radius * Math.cos(angle), radius * Math.sin(angle));
    return Math.max(0, Math.min(255, Math.round(level)));
  };
}

/** 1 where noise crosses its mean, which is along curves; falls off beside them. */
const ridgeOf = (noise: number): number => 1 - Math.abs(2 * noise - 1);

type Noise = (x: number, y: number) => number;

/** Smooth noise, 0 to 1, with features about 1 wide, repeating every 64. (Value noise.) */
function noiseOf(random: Random): Noise {
  const lattice = Float32Array.from({ length: 64 * 64 }, random);
  return (x, y) => {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const fx = x - left;
    const fy = y - top;
    const [sx, sy] = [fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)];
    const [c, r] = [left & 63, (top & 63) * 64];
    const [c1, r1] = [(left + 1) & 63, ((top + 1) & 63) * 64];
    const above = mix(lattice[r + c]!, lattice[r + c1]!, sx);
    return mix(above, mix(lattice[r1 + c]!, lattice[r1 + c1]!, sx), sy);
  };
}

const mix = (from: number, to: number, part: number): number => from + (to - from) * part;

/** 0 below `low`, 1 above `high`, smooth in between. */
function step(low: number, high: number, value: number): number {
  const t = Math.max(0, Math.min(1, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

function bump(value: number, middle: number, width: number): number {
  const t = (value - middle) / width;
  return t * t > 20 ? 0 : Math.exp(-t * t);
}

function softMin(a: number, b: number): number {
  const sharp = 0.03;
  const h = Math.max(sharp - Math.abs(a - b), 0) / sharp;
  return Math.min(a, b) - (h * h * sharp) / 4;
}

type Oval = (x: number, y: number) => number;

/** Distance from the centre of a rotated ellipse in its radii: 1 on its edge. */
function ovalOf(cx: number, cy: number, rx: number, ry: number, turn: number): Oval {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return (x, y) => {
    const [dx, dy] = [x - cx, y - cy];
    return length((cos * dx + sin * dy) / rx, (cos * dy - sin * dx) / ry);
  };
}

/** Math.hypot guards against overflow, at many times the cost. */
const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);
