import type { ClassChoice } from '../../contract/labels.ts';
import { message } from '../../contract/messages/catalogue.ts';
import { ValueRefused } from './numbers.ts';

/** "A,B", or "tumour=A+B,none=C" to merge several class folders or labels. @throws ValueRefused */
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
  throw new ValueRefused(message('needsTwoClasses', {}));
}
