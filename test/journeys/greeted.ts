import { Registry } from '../../src-main/registry/registry.ts';

/** Marks the first steps, which first-steps.slow.test.ts covers, as done in a home folder. */
export function greeted(home: string): string {
  const registry = Registry.open(home);
  registry.preferences.set({ firstSteps: 'done' });
  registry.close();
  return home;
}
