import { orSay, say } from './setup/command.mjs';
import { hasDisplay, provideElectron } from './setup/setup-electron.mjs';
import { setUp } from './setup/set-up.mjs';

await orSay(async () => {
  const { node, tensorflow } = await setUp();
  if (hasDisplay()) await provideElectron(node, { again: true });
  say(`ready: ${node}, TensorFlow ${tensorflow.version} (${tensorflow.build})`);
});
