import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readDicom } from '../../../src-main/images/dicom/dicom.ts';
import { importFolder } from '../../../src-main/import/import-handlers.ts';
import { Registry } from '../../../src-main/registry/registry.ts';
import { layOut } from '../../import/folders.ts';
import { file, picture, words, type Elements } from './dicom-fixtures.ts';
import { inEnglish } from '../../../src-main/contract/messages/say.ts';

const explicit = '1.2.840.10008.1.2.1';
const scan = (more: Elements, first = 1) =>
  file(explicit, picture({ rows: 2, columns: 3, stored: 12 }, words([first, 1, 700, 4095, 2048, 9]), more));
/** PatientName and PatientID, UTF-8. */
const of = (name: string, id: string, first?: number) => {
  const even = (text: string) =>
    Buffer.from(Buffer.byteLength(text) % 2 ? `${text} ` : text).toString('latin1');
  return scan({ '00080005 CS': 'ISO_IR 192', '00100010 PN': even(name), '00100020 LO': even(id) }, first);
};

test.each<[string, string, string, boolean]>([
  ['Doe^John', '12', 'yes/doe/1.dcm', true],
  ['Doe^John', '12', 'yes/JOHN_2019.dcm', true],
  ['Doe^John', '12', 'yes/12/1.dcm', false], // too short to be certain
  ['Doe^John', '4711', 'yes/4711/1.dcm', true],
  ['Doe^John', '4711', 'yes/IM47110.dcm', false],
  ['Doe^John', 'AB-123.456', 'yes/xab123456y.dcm', true],
  ['Do^Jo', '7', 'yes/do/jo/7.dcm', false],
  ['홍^길동', '1', '종양/길동.dcm', true],
  ['홍^길동'.normalize('NFD'), '1', '종양/길동.dcm', true],
  ['', '', 'yes/1.dcm', false],
  ['Doe^John', '4711', 'yes/1.dcm', false],
])('a scan of "%s" with PatientID "%s" in %s: the path names the patient: %s', (name, id, at, named) => {
  const { facts } = readDicom(of(name, id), at, 'salt');
  expect(facts['patientInPath']).toBe(named ? 'YES' : undefined);
  expect(JSON.stringify(facts)).not.toMatch(/doe|john|4711|길동/i);
});

test('an import warns of it, without repeating the name', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'falx-named-'));
  const registry = Registry.open(path.join(root, 'home'));
  try {
    const folder = await layOut(path.join(root, 'scans'), { 'no/1.png': null });
    mkdirSync(path.join(folder, 'yes/Doe'), { recursive: true });
    writeFileSync(path.join(folder, 'yes/Doe/1.dcm'), of('Doe^John', '4711', 2));
    writeFileSync(path.join(folder, 'yes/2.dcm'), of('Roe^Jane', '4712', 3));
    const { warnings, dataset } = await importFolder({ registry, folder });
    const warning = expect.stringMatching(/^1 picture is in a file or folder named after the patient/);
    expect(warnings.map(inEnglish)).toEqual([warning]);
    expect(registry.datasets.notes(dataset.id).warnings).toEqual(warnings);
  } finally {
    registry.close();
    rmSync(root, { recursive: true });
  }
});
