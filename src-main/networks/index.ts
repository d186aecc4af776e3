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
