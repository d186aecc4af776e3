import { hasMessage, t } from '../../app/messages.ts';

/** What a header's fact is called: in the language in use where it is usual, else its DICOM keyword in words. */
export function factName(keyword: string): string {
  const key = `data.fact.${keyword.charAt(0).toLowerCase()}${keyword.slice(1)}`;
  if (hasMessage(key)) return t(key);
  const words = keyword.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
  return (
    words.charAt(0).toUpperCase() +
    words.slice(1).replaceAll(/ [A-Z](?=[a-z])/g, (start) => start.toLowerCase())
  );
}
