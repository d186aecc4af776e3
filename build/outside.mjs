/**
 * Packages that the built main process and workers load from node_modules as they are: they bring machine code or
 * WebAssembly, or read files beside them. What is packaged has these, and what these need, and no other.
 */
export const packagesOutside = [
  '@tensorflow/tfjs', // of an exported page
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

/** As rolldown takes it. */
export const outside = ['electron', /^node:/, ...packagesOutside.map((name) => new RegExp(`^${name}(/|$)`))];
