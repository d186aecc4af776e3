import { expect, test } from 'vitest';
import { imageName, scanName } from '../../src-renderer/app/image-name.ts';

test.each([
  [{ file: 'Tumour/a b.png', frame: null }, 'a b.png', 'Tumour/a b.png'],
  [
    { file: 'Tumour/t1.nii.gz#axial:45', frame: 'axial:45' },
    't1.nii.gz · axial slice 45',
    'Tumour/t1.nii.gz · axial slice 45',
  ],
  [{ file: 'Tumour/mr.dcm#3', frame: '3' }, 'mr.dcm · frame 3', 'Tumour/mr.dcm · frame 3'],
  [{ file: 'Tumour/odd#1.png', frame: null }, 'odd#1.png', 'Tumour/odd#1.png'],
])('calls %j %s', (image, short, whole) => {
  expect(imageName(image)).toBe(short);
  expect(imageName(image, true)).toBe(whole);
});

test.each([
  ['/home/a/t1.nii.gz#coronal:45', 't1.nii.gz · coronal slice 45'],
  ['/home/a/mr.dcm#3', 'mr.dcm · frame 3'],
  ['/home/a/odd#1.png', 'odd#1.png'],
])('calls the scan %s %s', (file, name) => {
  expect(scanName(file)).toBe(name);
});
