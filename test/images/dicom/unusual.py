"""Writes small DICOM files that are laid out in unusual ways with pydicom, for test/images/dicom/pydicom.slow.test.ts.

Fragments and offset tables, codestreams that don't agree with the data set, odd colour spaces, elements in the way.
Run: python unusual.py OUT
"""

import copy
import io
import itertools
import pathlib
import struct
import sys
import warnings

import numpy as np
import pydicom
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames

warnings.simplefilter("ignore")
pydicom.config.logger.disabled = True
pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
out = pathlib.Path(sys.argv[1])
random = np.random.default_rng(11)


def data_set(bits, *, frames=1, samples=1, signed=False, photometric=None):
    """Waves with a little noise over all of the range, not compressed."""
    y, x = np.mgrid[0:67, 0:71]
    waves = [np.sin(x / (3 + k)) * np.cos(y / 5 + k) / 2 + random.normal(0.5, 0.04, x.shape) for k in range(frames * samples)]
    least = -(2 ** (bits - 1)) if signed else 0
    values = np.rint(np.clip(waves, 0, 1) * (2**bits - 1)) + least
    bytes_each = 1 if bits <= 8 else 2
    values = values.reshape(frames, samples, *x.shape).transpose(0, 2, 3, 1).astype(f"{'i' if signed else 'u'}{bytes_each}")
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = uid.MRImageStorage, uid.generate_uid(entropy_srcs=["falx"])
    ds.Modality, ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.NumberOfFrames = "MR", 67, 71, samples, frames
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8 * bytes_each, bits, bits - 1, int(signed)
    ds.PhotometricInterpretation = photometric or ("MONOCHROME2" if samples == 1 else "RGB")
    if samples == 3:
        ds.PlanarConfiguration = 0
    raw = values.tobytes()
    ds.PixelData = raw + b"\0" * (len(raw) % 2)
    ds["PixelData"].VR = "OB" if bytes_each == 1 else "OW"
    return ds


def compressed(ds, syntax):
    ds.compress(syntax, generate_instance_uid=False)
    return ds


def save(name, ds, pixels=None, **elements):
    ds = copy.deepcopy(ds)
    if pixels is not None:
        ds.PixelData = pixels
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    ds.save_as(out / f"{name}.dcm", enforce_file_format=True)


def moved(pixels, change):
    """The basic offset table with each of its four offsets, by their place, changed."""
    table = [change(place, *struct.unpack_from("<I", pixels, 8 + 4 * place)) for place in range(4)]
    return pixels[:8] + struct.pack("<4I", *table) + pixels[24:]


def fragments():
    ds = compressed(data_set(12, frames=4), uid.JPEG2000Lossless)
    frames = list(generate_frames(ds.PixelData, number_of_frames=4))
    for each, table in itertools.product([1, 2, 3], [True, False]):
        save(f"fragments-{each}-{table}", ds, encapsulate(frames, fragments_per_frame=each, has_bot=table))
    pixels, offsets, lengths = encapsulate_extended(frames)
    save("extended-table", ds, pixels, ExtendedOffsetTable=offsets, ExtendedOffsetTableLengths=lengths)
    save("extended-table-odd", ds, pixels, ExtendedOffsetTable=offsets, ExtendedOffsetTableLengths=lengths[:8])
    save("more-fragments", ds, encapsulate(frames + frames[:1], has_bot=False))
    save("fewer-frames", ds, encapsulate(frames, has_bot=False), NumberOfFrames=2)
    save("no-frames", ds, encapsulate(frames[:1], has_bot=False), NumberOfFrames=0)
    save("padded", ds, encapsulate([frame + b"\0\0" for frame in frames], has_bot=False))
    save("table-short", ds, moved(encapsulate(frames), lambda place, offset: offset - 4 * place))
    whole = io.BytesIO()
    ds.save_as(whole, enforce_file_format=True)
    (out / "trailing-bytes.dcm").write_bytes(whole.getvalue() + bytes(100))


def codestreams():
    """Bits and sign that the data set says otherwise than the codestream."""
    for (bits, allocated), signed in itertools.product([(8, 16), (12, 32), (5, 8), (10, 16)], [False, True]):
        ds = compressed(data_set(bits, signed=signed), uid.JPEG2000Lossless)
        name = f"codestream-{bits}-{allocated}-{signed}"
        save(name, ds, BitsAllocated=allocated)
        save(f"{name}-sign", ds, BitsAllocated=allocated, PixelRepresentation=int(not signed))
        save(f"{name}-more", ds, BitsAllocated=allocated, BitsStored=allocated, HighBit=allocated - 1)
        save(f"{name}-fewer", ds, BitsAllocated=allocated, BitsStored=bits - 2, HighBit=bits - 3)


def colours():
    kinds = ["RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_422", "HSV", "MONOCHROME2"]
    for photometric, planar in itertools.product(kinds, [0, 1]):
        ds = data_set(8, samples=3)
        if photometric != "YBR_FULL_422":
            save(f"colour-{photometric}-{planar}", ds, PhotometricInterpretation=photometric, PlanarConfiguration=planar)
        save(
            f"colour-j2k-{photometric}-{planar}",
            compressed(ds, uid.JPEG2000Lossless),
            PhotometricInterpretation=photometric,
            PlanarConfiguration=planar,
        )
    save("grey-rgb", data_set(12), PhotometricInterpretation="RGB")


def in_the_way():
    icon = Dataset()
    icon.update({element.tag: element for element in compressed(data_set(8), uid.JPEG2000Lossless)})
    for name, ds in {"native": data_set(12), "j2k": compressed(data_set(12), uid.JPEG2000Lossless)}.items():
        ds.add_new(0x00091010, "OB", encapsulate([b"any bytes"]))
        ds[0x00091010].is_undefined_length = True
        ds.add_new(0x00280000, "UL", 0)
        ds.IconImageSequence = [icon]
        ds["IconImageSequence"].is_undefined_length = True
        save(f"in-the-way-{name}", ds, DataSetTrailingPadding=bytes(50))


for make in [fragments, codestreams, colours, in_the_way]:
    make()
