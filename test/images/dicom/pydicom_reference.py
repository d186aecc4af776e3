"""What pydicom makes of DICOM files, for test/images/dicom/pydicom.slow.test.ts to compare with.

Reads file names from standard input, a line each; writes for each a line of JSON: {file, error} or {file, syntax, shape
[frames, rows, columns, samples], dtype, window, guessed}. Of the file on line N go to OUT, all frames one after the other:
  N.values    pixel_array, little endian
  N.rescaled  apply_modality_lut, float64 (grey)
  N.levels    apply_voi_lut scaled to 0...255, float64 (grey with a window or VOI LUT)
  N.colour    apply_color_lut (palette)
Where pydicom is known to err its errors are kept out, each where it is said. Enhanced files say rescale and window in functional groups, which pydicom's functions don't look at: they are taken out
of there here.  Run: python pydicom_reference.py OUT
"""

import copy
import json
import pathlib
import sys
import warnings

import numpy as np
import pydicom
from pydicom import uid
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut

warnings.simplefilter("ignore")
pydicom.config.logger.disabled = True
out = pathlib.Path(sys.argv[1])


def transfer_syntax(ds):
    """The declared one, or for a file without meta header the one that pydicom read it with."""
    declared = getattr(ds, "file_meta", {}).get("TransferSyntaxUID")
    if declared:
        return declared, False
    implicit, little = ds.original_encoding
    guess = uid.ImplicitVRLittleEndian if implicit else uid.ExplicitVRLittleEndian if little else uid.ExplicitVRBigEndian
    if not hasattr(ds, "file_meta"):
        ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = guess
    return guess, True


def group(ds, frame, sequence):
    """The functional group of a frame, else the data set itself."""
    per_frame = ds.get("PerFrameFunctionalGroupsSequence") or []
    shared = ds.get("SharedFunctionalGroupsSequence") or []
    for item in [*per_frame[frame : frame + 1], *shared[:1]]:
        if item.get(sequence):
            return item[sequence].value[0]
    return ds


def with_elements(ds, keywords, **others):
    small = pydicom.Dataset()
    small.file_meta = ds.file_meta
    for keyword in keywords:
        if keyword in ds:
            small[keyword] = ds[keyword]
    for keyword, value in others.items():
        setattr(small, keyword, value)
    return small


def swap_big_endian_palette(ds, syntax):
    """pydicom reads words of palettes as little endian always."""
    for colour in ["Red", "Green", "Blue"]:
        data = ds.get(f"{colour}PaletteColorLookupTableData")
        if syntax == uid.ExplicitVRBigEndian and data and len(data) >= 2 * ds.RedPaletteColorLookupTableDescriptor[0]:
            setattr(ds, f"{colour}PaletteColorLookupTableData", np.frombuffer(data, ">u2").astype("<u2").tobytes())


def first(value):
    return value[0] if isinstance(value, pydicom.multival.MultiValue) else value


def levels_of(values, ds, frame):
    """0...255, or None without a VOI. A data set of 8 unsigned bits makes apply_windowing's range just that."""
    lut = ds.get("VOILUTSequence")
    if lut:
        small = copy.deepcopy(with_elements(ds, ["VOILUTSequence"]))
        bits = lut[0].LUTDescriptor[2]
        small.VOILUTSequence[0].LUTDescriptor[2] = 16  # indices are kept in the type of the entries, and cut to it
        return apply_voi_lut(values.astype(np.int64), small).astype(np.float64) * 255 / (2**bits - 1)
    source = group(ds, frame, "FrameVOILUTSequence")
    centre, width = first(source.get("WindowCenter")), first(source.get("WindowWidth"))
    if centre is None or width is None:
        return None
    small = with_elements(source, ["VOILUTFunction"]) if hasattr(source, "file_meta") else pydicom.Dataset()
    if source.get("VOILUTFunction"):
        small.VOILUTFunction = source.VOILUTFunction
    small.WindowCenter, small.WindowWidth = centre, width
    small.BitsStored, small.PixelRepresentation, small.PhotometricInterpretation = 8, 0, "MONOCHROME2"
    try:
        return apply_voi_lut(values, small)
    except ValueError:
        return None  # a window without width


def write(number, kind, array):
    array = np.ascontiguousarray(array)
    (out / f"{number}.{kind}").write_bytes(array.astype(array.dtype.newbyteorder("<")).tobytes())


for number, line in enumerate(sys.stdin):
    file = line.rstrip("\n")
    try:
        ds = pydicom.dcmread(file, force=True)
        syntax, guessed = transfer_syntax(ds)
        if "PlanarConfiguration" in ds and syntax.is_encapsulated and syntax != uid.RLELossless:
            ds.PlanarConfiguration = 0  # a codestream has its own order; it would be taken for another
        pixels = ds.pixel_array
        frames = int(ds.get("NumberOfFrames") or 1)
        samples = ds.SamplesPerPixel
        stack = pixels.reshape(-1, ds.Rows, ds.Columns, samples)[:frames]
        write(number, "values", stack)
        answer = dict(file=file, syntax=str(syntax), shape=stack.shape, dtype=stack.dtype.name, guessed=guessed)
        answer["window"] = False
        if ds.PhotometricInterpretation == "PALETTE COLOR":
            swap_big_endian_palette(ds, syntax)
            colour = apply_color_lut(stack[..., 0], ds)
            answer["colour"] = colour.dtype.name
            write(number, "colour", colour[..., :3])
        elif samples == 1:
            rescaled = []
            for frame in range(frames):
                source = group(ds, frame, "PixelValueTransformationSequence")
                keywords = ["RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"]
                small = pydicom.Dataset()
                small.file_meta = ds.file_meta
                for keyword in keywords:
                    if keyword in source:
                        small[keyword] = source[keyword]
                rescaled.append(apply_modality_lut(stack[frame, ..., 0], small))
            write(number, "rescaled", np.stack(rescaled).astype(np.float64))
            levels = [levels_of(values, ds, frame) for frame, values in enumerate(rescaled)]
            if all(level is not None for level in levels):
                answer["window"] = True
                write(number, "levels", np.stack(levels).astype(np.float64))
        print(json.dumps(answer))
    except Exception as error:
        print(json.dumps(dict(file=file, error=f"{type(error).__name__}: {error}"[:200])))
