const names: Partial<Record<string, string>> = { nifti: 'NIfTI', webp: 'WebP' };

/** A file format as people write it. */
export const formatName = (format: string): string => names[format] ?? format.toUpperCase();
