import type { MessageCode } from './catalogue.ts';
import type { Language } from './languages.ts';
import archivesEn from './en/archives.json' with { type: 'json' };
import checkEn from './en/check.json' with { type: 'json' };
import cliEn from './en/cli.json' with { type: 'json' };
import coreEn from './en/core.json' with { type: 'json' };
import deidentifyEn from './en/deidentify.json' with { type: 'json' };
import desktopEn from './en/desktop.json' with { type: 'json' };
import downloadsEn from './en/downloads.json' with { type: 'json' };
import evaluateEn from './en/evaluate.json' with { type: 'json' };
import exportsEn from './en/exports.json' with { type: 'json' };
import faultsEn from './en/faults.json' with { type: 'json' };
import filesEn from './en/files.json' with { type: 'json' };
import generalEn from './en/general.json' with { type: 'json' };
import gpuEn from './en/gpu.json' with { type: 'json' };
import imagesEn from './en/images.json' with { type: 'json' };
import importsEn from './en/imports.json' with { type: 'json' };
import mapsEn from './en/maps.json' with { type: 'json' };
import noticesEn from './en/notices.json' with { type: 'json' };
import registryEn from './en/registry.json' with { type: 'json' };
import reportEn from './en/report.json' with { type: 'json' };
import shortcutsEn from './en/shortcuts.json' with { type: 'json' };
import splitEn from './en/split.json' with { type: 'json' };
import studiesEn from './en/studies.json' with { type: 'json' };
import summariesEn from './en/summaries.json' with { type: 'json' };
import systemEn from './en/system.json' with { type: 'json' };
import tensorflowEn from './en/tensorflow.json' with { type: 'json' };
import trainEn from './en/train.json' with { type: 'json' };
import trashEn from './en/trash.json' with { type: 'json' };
import verifyEn from './en/verify.json' with { type: 'json' };
import warningsEn from './en/warnings.json' with { type: 'json' };
import weightsEn from './en/weights.json' with { type: 'json' };
import archivesKo from './ko/archives.json' with { type: 'json' };
import checkKo from './ko/check.json' with { type: 'json' };
import cliKo from './ko/cli.json' with { type: 'json' };
import coreKo from './ko/core.json' with { type: 'json' };
import deidentifyKo from './ko/deidentify.json' with { type: 'json' };
import desktopKo from './ko/desktop.json' with { type: 'json' };
import downloadsKo from './ko/downloads.json' with { type: 'json' };
import evaluateKo from './ko/evaluate.json' with { type: 'json' };
import exportsKo from './ko/exports.json' with { type: 'json' };
import faultsKo from './ko/faults.json' with { type: 'json' };
import filesKo from './ko/files.json' with { type: 'json' };
import generalKo from './ko/general.json' with { type: 'json' };
import gpuKo from './ko/gpu.json' with { type: 'json' };
import imagesKo from './ko/images.json' with { type: 'json' };
import importsKo from './ko/imports.json' with { type: 'json' };
import mapsKo from './ko/maps.json' with { type: 'json' };
import noticesKo from './ko/notices.json' with { type: 'json' };
import registryKo from './ko/registry.json' with { type: 'json' };
import reportKo from './ko/report.json' with { type: 'json' };
import shortcutsKo from './ko/shortcuts.json' with { type: 'json' };
import splitKo from './ko/split.json' with { type: 'json' };
import studiesKo from './ko/studies.json' with { type: 'json' };
import summariesKo from './ko/summaries.json' with { type: 'json' };
import systemKo from './ko/system.json' with { type: 'json' };
import tensorflowKo from './ko/tensorflow.json' with { type: 'json' };
import trainKo from './ko/train.json' with { type: 'json' };
import trashKo from './ko/trash.json' with { type: 'json' };
import verifyKo from './ko/verify.json' with { type: 'json' };
import warningsKo from './ko/warnings.json' with { type: 'json' };
import weightsKo from './ko/weights.json' with { type: 'json' };

const en = {
  ...archivesEn,
  ...checkEn,
  ...cliEn,
  ...coreEn,
  ...deidentifyEn,
  ...desktopEn,
  ...downloadsEn,
  ...evaluateEn,
  ...exportsEn,
  ...faultsEn,
  ...filesEn,
  ...generalEn,
  ...gpuEn,
  ...imagesEn,
  ...importsEn,
  ...mapsEn,
  ...noticesEn,
  ...registryEn,
  ...reportEn,
  ...shortcutsEn,
  ...splitEn,
  ...studiesEn,
  ...summariesEn,
  ...systemEn,
  ...tensorflowEn,
  ...trainEn,
  ...trashEn,
  ...verifyEn,
  ...warningsEn,
  ...weightsEn,
} satisfies Record<MessageCode, string>;
const ko = {
  ...archivesKo,
  ...checkKo,
  ...cliKo,
  ...coreKo,
  ...deidentifyKo,
  ...desktopKo,
  ...downloadsKo,
  ...evaluateKo,
  ...exportsKo,
  ...faultsKo,
  ...filesKo,
  ...generalKo,
  ...gpuKo,
  ...imagesKo,
  ...importsKo,
  ...mapsKo,
  ...noticesKo,
  ...registryKo,
  ...reportKo,
  ...shortcutsKo,
  ...splitKo,
  ...studiesKo,
  ...summariesKo,
  ...systemKo,
  ...tensorflowKo,
  ...trainKo,
  ...trashKo,
  ...verifyKo,
  ...warningsKo,
  ...weightsKo,
} satisfies Record<MessageCode, string>;

/** The words of each code in each language: ICU messages. */
export const words: Readonly<Record<Language, Readonly<Record<MessageCode, string>>>> = { en, ko };
