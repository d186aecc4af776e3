/**
 * Packages that the built main process and workers load from node_modules: they contain native code or WebAssembly, or
 * read files beside them. Packages of Falx contain these and their dependencies only.
 */
export const externalPackages = [
  '@tensorflow/tfjs', // for exported pages
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-converter',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-node-gpu', // its protobuf classes
  'better-sqlite3',
  'dcmjs-codecs',
  'fontkit',
  'h5wasm',
  'onnxruntime-web',
  'pdfmake',
  'sharp',
];

/** In rolldown's form. */
export const external = [
  'electron',
  /^node:/,
  ...externalPackages.map((name) => new RegExp(`^${name}(/|$)`)),
];
