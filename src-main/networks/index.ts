import { densenet121 } from './densenet121.ts';
import { mobilenetV2 } from './mobilenet-v2.ts';
import { resnet50 } from './resnet50.ts';
import type { NetworkName } from '../contract/networks.ts';
import type { Network } from './network.ts';

export const networks: Readonly<Record<NetworkName, Network>> = {
  mobilenetv2: mobilenetV2,
  densenet121,
  resnet50,
};

/** A network at another width than its paper's first one. @throws Error if it has no others. */
export function networkOf(name: NetworkName, width = 1): Network {
  if (width === 1) return networks[name];
  const { otherWidths } = networks[name];
  if (otherWidths === undefined) throw new Error(`${name} has one width`);
  return otherWidths.of(width);
}
