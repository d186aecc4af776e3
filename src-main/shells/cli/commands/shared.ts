import { Registry } from '../../../registry/registry.ts';
import type { Context } from '../main.ts';
import type { Output } from '../output.ts';

/** Opens the home's registry for one command and closes it however the command ends. */
export async function withRegistry<T>(
  { home }: Context,
  work: (registry: Registry) => T | Promise<T>,
): Promise<T> {
  const registry = Registry.open(home);
  try {
    return await work(registry);
  } finally {
    registry.close();
  }
}

/** Shows how many images were decoded. */
export function pixelProgress(output: Output): (done: number, total: number) => void {
  return (done, total) => output.progress.show(`reading images ${done}/${total}`);
}
