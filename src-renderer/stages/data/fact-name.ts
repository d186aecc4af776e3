import type { ImageRecord } from '../../../src-main/contract/records.ts';
import { number, t, textOf } from '../../app/messages.ts';

type Facts = NonNullable<ImageRecord['facts']>;

/** A picture's header values for display: name and value. The series' code is omitted, as it means nothing to people. */
export function factRows(facts: Facts | null): [name: string, value: string][] {
  return Object.entries(facts ?? {})
    .filter(([fact]) => fact !== 'series')
    .map(([fact, value]) => [factName(fact), valueOf(fact, value)]);
}

/** Display name of a header value: translated where it is known, else its own name split into words. */
export function factName(fact: string): string {
  const known = textOf(`data.fact.${fact}`);
  if (known !== null) return known;
  const words = fact.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
  return (
    words.charAt(0).toUpperCase() +
    words.slice(1).replaceAll(/ [A-Z](?=[a-z])/g, (start) => start.toLowerCase())
  );
}

/** Header values that are words. */
const worded = new Set(['burnedIn', 'patientInPath', 'plane']);

function valueOf(fact: string, value: string | number): string {
  if (typeof value === 'number') return number(value);
  const [, index, total] = (fact === 'volume' && /^(\d+) of (\d+)$/.exec(value)) || [];
  if (index && total) return t('common.image.position', { index: Number(index), total: Number(total) });
  const known = worded.has(fact) ? textOf(`data.factValue.${value.toLowerCase()}`) : null;
  if (known !== null) return known;
  // DICOM separates several values by backslashes.
  return value.replaceAll('\\', fact === 'pixelSpacing' ? ' × ' : ', ');
}
