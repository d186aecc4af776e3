import type { NetworkName } from '../../../src-main/contract/networks.ts';
import type { RunStatus } from '../../../src-main/contract/records.ts';
import type { RunView } from '../../../src-main/contract/views.ts';

export type RunFilter = { text: string; status: RunStatus | 'all'; network: NetworkName | 'all' };

/**
 * The runs that contain every word somewhere in their name, id, tags, notes, dataset or network.
 * @param title the displayed name of a network.
 */
export function matching(
  views: readonly RunView[],
  { text, status, network }: RunFilter,
  title: (network: NetworkName) => string,
): RunView[] {
  const words = normalised(text).split(/\s+/).filter(Boolean);
  return views.filter((view) => {
    const { run } = view;
    if (status !== 'all' && run.status !== status) return false;
    if (network !== 'all' && run.network !== network) return false;
    if (words.length === 0) return true;
    const held = [
      run.name ?? '',
      run.id,
      ...run.tags,
      run.notes,
      view.datasetName,
      run.network,
      title(run.network),
    ];
    const all = normalised(held.join('\n'));
    return words.every((word) => all.includes(word));
  });
}

// Hangul may be decomposed, as in file names from macOS.
const normalised = (text: string): string => text.normalize('NFC').toLowerCase();
