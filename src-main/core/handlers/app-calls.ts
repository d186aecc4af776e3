import { implement } from '@orpc/server';
import { api } from '../../contract/api.ts';
import type { AppInfo } from '../../contract/views.ts';
import { examine } from '../../doctor/doctor-handlers.ts';
import { whyOnProcessor } from '../../tensorflow/probing.ts';
import { installation } from '../../system/installation.ts';
import { falxVersion, versions } from '../../version.ts';
import type { Core } from '../core.ts';
import { licences, licenceText, tensorflowVersion } from '../licences.ts';
import { setPreferences } from '../change-preferences.ts';
import { worded } from '../../contract/errors.ts';

export function appHandlers(core: Core) {
  const os = implement(api.app);
  return {
    info: os.info.handler(() => info(core)),
    checkup: os.checkup.handler(() => examine(core.home)),
    licence: os.licence.handler(({ input }) => licenceText(input.name, input.version)),
    onProcessor: os.onProcessor.handler(async () => {
      if (core.registry.preferences.get().device === 'cpu') return null;
      const told = await whyOnProcessor();
      return told && worded(told);
    }),
    log: os.log.handler(() => core.log.shared()),
    devices: os.devices.handler(() => core.devices.all()),
    preferences: os.preferences.handler(() => core.registry.preferences.get()),
    lookAtHome: os.lookAtHome.handler(({ input }) => core.homeKeeper.look(input.folder)),
    chooseHome: os.chooseHome.handler(({ input }) => {
      core.homeKeeper.choose(input.folder);
      return info(core);
    }),
    thumbnails: os.thumbnails.handler(async () => ({
      bytes: await core.thumbnails.size(),
      most: core.thumbnails.most,
    })),
    clearThumbnails: os.clearThumbnails.handler(() => core.thumbnails.clear()),
    setPreferences: os.setPreferences.handler(({ input }) => setPreferences(core, input)),
  };
}

async function info({ home, homeKeeper, shell, registry }: Core): Promise<AppInfo> {
  const { falx: _, ...known } = versions();
  const { electron, chrome } = process.versions;
  const tensorflow = tensorflowVersion();
  return {
    falx: falxVersion(),
    shell,
    home,
    homeFrom: homeKeeper.place.from,
    nextHome: homeKeeper.next,
    readOnly: registry.readOnly,
    platform: `${process.platform} ${process.arch}`,
    installed: {
      kind: installation.kind,
      folder: installation.folder,
      commit: installation.build?.commit ?? null,
      built: installation.build?.built ?? null,
    },
    versions: {
      ...known,
      ...(tensorflow === null ? {} : { tensorflow }),
      ...(electron === undefined ? {} : { electron }),
      ...(chrome === undefined ? {} : { chrome }),
    },
    licences: await licences(),
  };
}
