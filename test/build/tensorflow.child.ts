import { provideTensorflow } from '../../build/setup/tensorflow.mjs';

// Sets TensorFlow up, to be killed; its options are JSON.
await provideTensorflow(JSON.parse(process.argv[2] ?? '') as Parameters<typeof provideTensorflow>[0]);
