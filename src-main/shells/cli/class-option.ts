import { InvalidArgumentError } from 'commander';
import type { ClassChoice } from '../../contract/labels.ts';

/** "A,B", or "tumour=A+B,none=C" where several class folders or labels count as one. @throws InvalidArgumentError. */
export function parseClasses(typed: string): ClassChoice[] {
  const classes = typed.split(',').map((one) => {
    const [name = '', ...of] = one.split('=').map((part) => part.trim());
    return {
      name,
      of:
        of.length === 0
          ? [name]
          : of
              .join('=')
              .split('+')
              .map((part) => part.trim()),
    };
  });
  if (classes.length === 2 && classes.every(({ name, of }) => name !== '' && !of.includes('')))
    return classes;
  throw new InvalidArgumentError('Name two, like "A,B", or "tumour=A+B,none=C".');
}
