import { provideTensorflow } from '../../build/setup/tensorflow.mjs';

// A set-up of TensorFlow to be killed: its options as JSON.
await provideTensorflow(JSON.parse(process.argv[2] ?? '') as Parameters<typeof provideTensorflow>[0]);
