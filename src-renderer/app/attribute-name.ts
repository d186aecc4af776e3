import { t } from './messages.ts';

/** The display name of a scan attribute: Falx's own are translated, those of a header keep the header's name. */
export const attributeName = (name: string): string =>
  name === 'folder' || name === 'format' ? t(`studies.subgroups.own.${name}`) : name;
