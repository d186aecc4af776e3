import { Registry } from '../../src-main/registry/registry.ts';

/** Has a home behind it what a new one begins with: the first steps, which first-steps.slow.test.ts walks. */
export function greeted(home: string): string {
  const registry = Registry.open(home);
  registry.preferences.set({ firstSteps: 'done' });
  registry.close();
  return home;
}
