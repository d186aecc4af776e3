import { orSay, say } from './setup/command.mjs';
import { setUp } from './setup/set-up.mjs';

await orSay(async () => {
  const { node, tensorflow } = await setUp();
  say(`ready: ${node}, TensorFlow ${tensorflow.version} (${tensorflow.build})`);
});
