import type { NetworkName } from '../../../src-main/contract/networks.ts';
import type { RunStatus } from '../../../src-main/contract/records.ts';
import type { RunView } from '../../../src-main/contract/views.ts';

export type Wanted = { text: string; status: RunStatus | 'all'; network: NetworkName | 'all' };

/**
 * The runs that have every word somewhere in their name, id, tags, notes, dataset or network.
 * @param title what a network is called on the screen.
 */
export function matching(
  views: readonly RunView[],
  { text, status, network }: Wanted,
  title: (network: NetworkName) => string,
): RunView[] {
  const words = plain(text).split(/\s+/).filter(Boolean);
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
    const all = plain(held.join('\n'));
    return words.every((word) => all.includes(word));
  });
}

// Hangul may come taken apart, from a file name on macOS for one.
const plain = (text: string): string => text.normalize('NFC').toLowerCase();
