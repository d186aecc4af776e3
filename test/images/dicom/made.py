"""Writes small DICOM files of many kinds with pydicom, for test/images/dicom/pydicom.slow.test.ts.

Bits allocated and stored, sign, samples, planar configuration, frames, transfer syntax, rescale, modality and VOI LUT,
windows, functional groups, palettes. Run: python made.py OUT
"""

import itertools
import pathlib
import struct
import sys
import warnings

import numpy as np
import pydicom
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate

warnings.simplefilter("ignore")
pydicom.config.logger.disabled = True
out = pathlib.Path(sys.argv[1])
random = np.random.default_rng(7)
NATIVE = {
    "implicit": uid.ImplicitVRLittleEndian,
    "explicit": uid.ExplicitVRLittleEndian,
    "big": uid.ExplicitVRBigEndian,
    "deflated": uid.DeflatedExplicitVRLittleEndian,
}
COMPRESSED = {"rle": uid.RLELossless, "j2k": uid.JPEG2000Lossless}


def picture(frames, rows, columns, samples, bits, signed):
    """A smooth shape with noise over all of the range."""
    y, x = np.mgrid[0:rows, 0:columns]
    least, largest = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    planes = []
    for index in range(frames * samples):
        wave = (np.sin(x / (3 + index)) * np.cos(y / (4 + index)) + 1) / 2 + random.normal(0, 0.05, (rows, columns))
        planes.append(np.clip(np.rint(least + wave * (largest - least)), least, largest))
    kind = f"{'i' if signed else 'u'}{max(1, (1 << (bits - 1).bit_length()) // 8)}"
    return np.stack(planes).reshape(frames, samples, rows, columns).transpose(0, 2, 3, 1).astype(kind)


def whole(frames, rows, columns, samples, bits, signed):
    """Any numbers of that many bits: float64 has not as many."""
    least, largest = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return random.integers(least, largest, (frames, rows, columns, samples), "i8" if signed else "u8", endpoint=True)


def data_set(pixels, bits_allocated, bits_stored, photometric):
    frames, rows, columns, samples = pixels.shape
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.SOPClassUID, ds.SOPInstanceUID = uid.MRImageStorage, uid.generate_uid(entropy_srcs=["falx"])
    ds.Modality, ds.PatientID, ds.StudyInstanceUID = "MR", "made", "1.2.3"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.NumberOfFrames = rows, columns, samples, frames
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits_allocated, bits_stored, bits_stored - 1
    ds.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    ds.PhotometricInterpretation = photometric
    if samples == 3:
        ds.PlanarConfiguration = 0
    return ds


def write(name, ds, values, syntax, planar=0):
    """`values` in the width of bits allocated. The library byte-swaps nothing in OW data: done here."""
    big = syntax == uid.ExplicitVRBigEndian
    if ds.SamplesPerPixel == 3:
        ds.PlanarConfiguration = planar
        values = values.transpose(0, 3, 1, 2) if planar else values
    raw = values.astype(values.dtype.newbyteorder(">" if big else "<")).tobytes()
    ds.PixelData = raw + b"\0" * (len(raw) % 2)
    ds["PixelData"].VR = "OB" if ds.BitsAllocated <= 8 else "OW"
    ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian if syntax in COMPRESSED.values() else syntax
    if syntax in COMPRESSED.values():
        ds.compress(syntax, generate_instance_uid=False)
    ds.save_as(out / f"{name}.dcm", enforce_file_format=True)


def allocated(values, bits_allocated):
    return values.astype(f"{values.dtype.kind}{bits_allocated // 8}")


def pixel_kinds():
    """Every pairing of depth, sign and transfer syntax; unused high bits are filled with noise in native files."""
    depths = [(8, 8), (8, 5), (16, 16), (16, 12), (16, 9), (32, 32), (32, 20), (64, 64), (64, 41)]
    for (bits_allocated, bits), signed, frames in itertools.product(depths, [False, True], [1, 3]):
        for label, syntax in {**NATIVE, **COMPRESSED}.items():
            if label in COMPRESSED and bits_allocated > 16:
                continue
            values = allocated((whole if bits > 32 else picture)(frames, 67, 71, 1, bits, signed), bits_allocated)
            ds = data_set(values, bits_allocated, bits, "MONOCHROME2")
            if label in NATIVE and bits < bits_allocated:
                noise = random.integers(0, 2 ** (bits_allocated - bits), values.shape) << bits  # high bits of no meaning
                values = (values & (2**bits - 1)) | noise.astype(values.dtype)
            write(f"grey-{label}-{bits_allocated}-{bits}-{'s' if signed else 'u'}-{frames}", ds, values, syntax)


def colours():
    for bits, planar, frames in itertools.product([8, 16], [0, 1], [1, 2]):
        for label, syntax in {**NATIVE, **COMPRESSED}.items():
            if label in COMPRESSED and planar:
                continue
            for photometric in ["RGB", "YBR_FULL"] if bits == 8 and label != "j2k" else ["RGB"]:
                values = picture(frames, 65, 71, 3, bits, False)
                ds = data_set(values, bits, bits, photometric)
                write(f"colour-{label}-{bits}-{planar}-{frames}-{photometric}", ds, values, syntax, planar)


def colours_in_jpeg_2000():
    """Deep ones, with and without a transform of the components."""
    for bits, photometric in itertools.product([9, 10, 12, 13, 15, 16], ["RGB", "YBR_RCT"]):
        values = picture(2, 65, 71, 3, bits, False)
        write(f"j2k-{bits}-{photometric}", data_set(values, 16, bits, photometric), values, COMPRESSED["j2k"])


def deep_numbers_in_jpeg_2000():
    """More than 16 bits a sample, which the library's encoder writes up to 24."""
    for bits, (samples, signed) in itertools.product([17, 20, 24], [(1, False), (1, True), (3, False)]):
        values = picture(1, 67, 71, samples, bits, signed)
        ds = data_set(values, 32, bits, "MONOCHROME2" if samples == 1 else "RGB")
        write(f"j2k-deep-{bits}-{samples}-{'s' if signed else 'u'}", ds, values, COMPRESSED["j2k"])


def bits():
    for label, frames in itertools.product(["implicit", "explicit", "deflated"], [1, 3]):
        values = picture(frames, 7, 9, 1, 1, False)
        ds = data_set(values, 1, 1, "MONOCHROME2")
        raw = np.packbits(values.ravel(), bitorder="little").tobytes()
        ds.PixelData = raw + b"\0" * (len(raw) % 2)
        ds["PixelData"].VR = "OB"
        ds.file_meta.TransferSyntaxUID = NATIVE[label]
        ds.save_as(out / f"bits-{label}-{frames}.dcm", enforce_file_format=True)


def deep_numbers_in_rle():
    """Four and eight segments; the library reads them and doesn't write them."""
    for (allocated_bits, bits), signed in itertools.product([(32, 32), (64, 64), (64, 33)], [False, True]):
        values = allocated(whole(2, 9, 15, 1, bits, signed), allocated_bits)
        ds = data_set(values, allocated_bits, bits, "MONOCHROME2")
        frames = []
        for frame in values:
            planes = frame.astype(frame.dtype.newbyteorder(">")).view("u1").reshape(-1, allocated_bits // 8).T
            segments = [bytes([127]) + plane[:128].tobytes() + bytes([6]) + plane[128:].tobytes() for plane in planes]
            starts = [64 + 137 * index for index in range(len(segments))]
            frames.append(struct.pack("<16I", len(segments), *starts, *[0] * (15 - len(starts))) + b"".join(segments))
        ds.PixelData = encapsulate(frames)
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
        ds.file_meta.TransferSyntaxUID = uid.RLELossless
        ds.save_as(out / f"rle-{allocated_bits}-{bits}-{'s' if signed else 'u'}.dcm", enforce_file_format=True)


def bits_in_rle():
    """One byte a pixel; the library reads it and doesn't write it."""
    ds = data_set(picture(2, 7, 9, 1, 1, False), 1, 1, "MONOCHROME2")
    header = struct.pack("<16I", 1, 64, *[0] * 14)
    frames = [header + bytes([62]) + random.integers(0, 2, 63).astype("u1").tobytes() for _ in range(2)]
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = uid.RLELossless
    ds.save_as(out / "bits-rle.dcm", enforce_file_format=True)


def windows():
    """Modality and VOI, of one and of each frame."""
    shapes = [None, "LINEAR", "LINEAR_EXACT", "SIGMOID"]
    cases = itertools.product(shapes, [False, True], [(1, 0), (2.5, -1024.25), (-0.5, 10)], ["MONOCHROME1", "MONOCHROME2"])
    for number, (shape, signed, (slope, intercept), photometric) in enumerate(cases):
        values = picture(1, 16, 16, 1, 12, signed).astype("i2" if signed else "u2")
        ds = data_set(values, 16, 12, photometric)
        ds.RescaleSlope, ds.RescaleIntercept = slope, intercept
        ds.WindowCenter, ds.WindowWidth = ["300.5", "40"], ["801", "80"]
        if shape:
            ds.VOILUTFunction = shape
        write(f"window-{number}", ds, values, NATIVE["implicit" if number % 2 else "big"])
    for width in [0, 0.5, 1]:
        values = picture(1, 16, 16, 1, 12, False)
        ds = data_set(values, 16, 12, "MONOCHROME2")
        ds.WindowCenter, ds.WindowWidth = 2000, width
        write(f"window-width-{width}", ds, values, NATIVE["explicit"])


def tables():
    for label, signed, depth in itertools.product(["implicit", "explicit", "big"], [False, True], [8, 12, 16]):
        first = -500 if signed else 300
        entries = np.linspace(0, 2**depth - 1, 900).astype("u2").tolist()
        item = Dataset()
        item.LUTDescriptor, item.LUTData = [len(entries), first, depth], entries
        item["LUTDescriptor"].VR = "SS" if signed else "US"
        item["LUTData"].VR = "US"
        for name in ["ModalityLUTSequence", "VOILUTSequence"]:
            if depth == (12 if name == "ModalityLUTSequence" else 8):
                continue  # pydicom has no uint12, and cuts indices to the 8 bits of entries
            values = picture(1, 16, 16, 1, 12, signed).astype("i2" if signed else "u2")
            ds = data_set(values, 16, 12, "MONOCHROME2")
            setattr(ds, name, [item])
            write(f"table-{name[:3]}-{label}-{'s' if signed else 'u'}-{depth}", ds, values, NATIVE[label])


def enhanced():
    for label, undefined in itertools.product(["implicit", "explicit", "big", "j2k"], [False, True]):
        values = picture(4, 64, 64, 1, 12, False)
        ds = data_set(values, 16, 12, "MONOCHROME2")
        ds.SOPClassUID = uid.EnhancedMRImageStorage
        shared, per_frame = Dataset(), []
        shared.PixelMeasuresSequence = [Dataset()]
        shared.PixelMeasuresSequence[0].PixelSpacing = [0.5, 0.75]
        for frame in range(4):
            item = Dataset()
            item.PixelValueTransformationSequence = [Dataset()]
            item.PixelValueTransformationSequence[0].RescaleSlope = 1 + frame
            item.PixelValueTransformationSequence[0].RescaleIntercept = -frame
            item.FrameVOILUTSequence = [Dataset()]
            item.FrameVOILUTSequence[0].WindowCenter = 900 + 100 * frame
            item.FrameVOILUTSequence[0].WindowWidth = 1500
            item.PlanePositionSequence = [Dataset()]
            item.PlanePositionSequence[0].ImagePositionPatient = [-10, -20, 5 * frame]
            per_frame.append(item)
        ds.SharedFunctionalGroupsSequence, ds.PerFrameFunctionalGroupsSequence = [shared], per_frame
        for name in ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"]:
            ds[name].is_undefined_length = undefined
            for item in ds[name].value:
                item.is_undefined_length_sequence_item = undefined
        write(f"enhanced-{label}-{'undefined' if undefined else 'defined'}", ds, values, {**NATIVE, **COMPRESSED}[label])


def palettes():
    """Eight bits, sixteen bits and segmented; first mapped value above 0."""
    for label, depth, segmented in itertools.product(["implicit", "explicit"], [8, 16], [False, True]):
        values = picture(1, 16, 16, 1, 8, False)
        ds = data_set(values, 8, 8, "PALETTE COLOR")
        for index, name in enumerate(["Red", "Green", "Blue"]):
            entries = (np.arange(200) * (depth == 16 and 300 or 1) + index).astype("u2" if depth == 16 else "u1")
            kind = np.dtype("<u2" if depth == 16 else "u1")
            setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [200, 20, depth])
            ds[f"{name}PaletteColorLookupTableDescriptor"].VR = "US"
            if segmented:
                parts = [0, 2, 5, 9, 1, 98, 200 + index, 0, 3, 7, 8, 9 + index, 1, 97, 40]
                setattr(ds, f"Segmented{name}PaletteColorLookupTableData", np.array(parts + [0] * (len(parts) % 2 and depth == 8), kind).tobytes())
            else:
                setattr(ds, f"{name}PaletteColorLookupTableData", entries.astype(kind).tobytes())
        write(f"palette-{label}-{depth}-{'segmented' if segmented else 'plain'}", ds, values, NATIVE[label])


def floats():
    for label, (keyword, kind) in itertools.product(["implicit", "explicit", "big"], {"FloatPixelData": "f4", "DoubleFloatPixelData": "f8"}.items()):
        values = random.normal(0, 1, (2, 12, 13, 1)).astype(kind)
        ds = data_set(values, int(kind[1]) * 8, 16, "MONOCHROME2")
        for name in ["BitsStored", "HighBit", "PixelRepresentation"]:
            del ds[name]
        ds.BitsAllocated = int(kind[1]) * 8
        setattr(ds, keyword, values.astype((">" if label == "big" else "<") + kind).tobytes())
        ds.file_meta.TransferSyntaxUID = NATIVE[label]
        ds.save_as(out / f"float-{label}-{kind}.dcm", enforce_file_format=True)


for make in [pixel_kinds, colours, colours_in_jpeg_2000, deep_numbers_in_jpeg_2000, bits, deep_numbers_in_rle, bits_in_rle, windows, tables, enhanced, palettes, floats]:
    make()
