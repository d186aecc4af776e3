import { t } from './messages.ts';

/** What an attribute of scans is called: Falx's own are worded, those of a header have the header's name. */
export const attributeName = (name: string): string =>
  name === 'folder' || name === 'format' ? t(`studies.subgroups.own.${name}`) : name;
