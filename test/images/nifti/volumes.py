"""What nibabel makes of NIfTI volumes, for nibabel.ts.

    python volumes.py make FOLDER    writes volumes of every kind into FOLDER
    python volumes.py read OUT       reads paths from standard input, a line each; writes the first volume of the nearest
                                     RAS array as float64, first axis fastest, to OUT/<index>.f64 and a line of JSON
"""

import itertools
import json
import struct
import sys
from pathlib import Path

import nibabel
import numpy as np

RNG = np.random.default_rng(5)


def made(dtype, shape=(5, 7, 6)):
    if np.dtype(dtype).kind == "f":
        return RNG.normal(0, 1000, shape).astype(dtype)
    info = np.iinfo(dtype)
    return RNG.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)


def header_class(version):
    return nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image


def scale(file, scaled, version, order, slope, inter):
    """A copy whose header scales what it stores: nibabel itself would scale the other way when it saves."""
    content = bytearray(file.read_bytes())
    at, kind = (112, "ff") if version == 1 else (176, "dd")
    struct.pack_into(order + kind, content, at, slope, inter)
    scaled.write_bytes(content)


def make(folder):
    affine = np.array([[0.9, 0.1, 0, -4], [-0.1, 1.1, 0.2, 5], [0, -0.1, 2.5, 6], [0, 0, 0, 1]])
    for version, order, dtype in itertools.product((1, 2), "<>", ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8")):
        kind = header_class(version)
        header = kind.header_class(endianness=order)
        data = made(dtype)
        image = kind(data, affine, header, dtype=np.dtype(dtype).newbyteorder(order))
        image.header.set_slope_inter(0.37, -12.3) if dtype in ("i2", "u1", "f4") else None
        name = f"type-{version}-{'big' if order == '>' else 'little'}-{dtype}.nii"
        image.to_filename(folder / name)
        scale(folder / name, folder / f"scaled-{name}", version, order, 0.37, -12.3)

    # Every orientation with axes along the patient's, by the sform and by the qform alone.
    for number, (axes, signs) in enumerate(itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3))):
        turned = np.zeros((4, 4))
        turned[3, 3] = 1
        for axis, (patient, sign) in enumerate(zip(axes, signs)):
            turned[patient, axis] = sign * (0.8 + axis)
        turned[:3, 3] = (3, -7, 11)
        for version, by in ((1, "sform"), (2, "qform")):
            image = header_class(version)(made("i2"), None)
            image.set_sform(turned, code=1 if by == "sform" else 0)
            image.set_qform(turned, code=1)
            image.to_filename(folder / f"orientation-{number}-{by}.nii.gz")

    oblique = nibabel.affines.from_matvec(nibabel.eulerangles.euler2mat(0.4, -0.7, 0.9) @ np.diag((1, -1.2, 3)), (1, 2, 3))
    image = nibabel.Nifti1Image(made("f4"), None)
    image.set_qform(oblique, code=2)
    image.to_filename(folder / "oblique-qform.nii")
    sheared = oblique.copy()
    sheared[:3, 2] += 0.8 * sheared[:3, 0]
    nibabel.Nifti2Image(made("f4"), sheared).to_filename(folder / "sheared.nii")
    image = nibabel.Nifti1Image(made("u1"), None)
    image.header["pixdim"][1:4] = (2, 3, 4)
    image.header["sform_code"] = image.header["qform_code"] = 0
    image.to_filename(folder / "no-orientation.nii")

    nibabel.Nifti1Image(made("i2", (6, 5)), affine).to_filename(folder / "flat.nii")
    nibabel.Nifti1Image(made("i2", (6, 5, 4, 3)), affine).to_filename(folder / "four.nii.gz")
    nibabel.Nifti1Image(made("i2", (6, 5, 4, 2, 2)), affine).to_filename(folder / "five.nii")
    nibabel.Nifti1Pair(made("i2"), affine).to_filename(folder / "pair.hdr")
    nibabel.Nifti2Pair(made("f4"), affine).to_filename(folder / "pair-2.hdr")
    image = nibabel.Nifti1Image(made("i2"), affine)
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"x" * 999))
    image.to_filename(folder / "extension.nii.gz")
    empty = made("f4")
    empty[empty < 0] = np.nan
    nibabel.Nifti1Image(empty, affine).to_filename(folder / "not-numbers.nii")
    nibabel.MGHImage(made("f4", (5, 7, 6)), affine).to_filename(folder / "free-surfer.mgz")
    nibabel.MGHImage(made("i2", (5, 7, 6, 2)), affine).to_filename(folder / "free-surfer.mgh")
    nibabel.MGHImage(made("u1"), affine).to_filename(folder / "free-surfer-u1.mgz")
    nibabel.MGHImage(made("i4"), affine).to_filename(folder / "free-surfer-i4.mgh")
    colour = np.zeros((5, 7, 6), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    for channel in "RGB":
        colour[channel] = made("u1")
    nibabel.Nifti1Image(colour, affine).to_filename(folder / "colour.nii")
    translucent = np.zeros((5, 7, 6), dtype=[(channel, "u1") for channel in "RGBA"])
    for channel in "RGBA":
        translucent[channel] = made("u1")
    nibabel.Nifti1Image(translucent, affine).to_filename(folder / "translucent.nii")
    nibabel.Nifti1Image(made("f4").astype("c8"), affine).to_filename(folder / "complex.nii")


def read(file, target):
    image = nibabel.load(file)
    canonical = nibabel.as_closest_canonical(image)
    if image.get_data_dtype().names:
        stored = np.asanyarray(canonical.dataobj)
        data = np.stack([stored[channel] for channel in "RGB"]).astype("f8")  # a voxel's colours together
        shape = stored.shape
    else:
        data = canonical.get_fdata(dtype=np.float64)
        data = data.reshape(data.shape[: min(3, data.ndim)] + (-1,), order="F")[..., 0] if data.ndim > 3 else data
        shape = data.shape
    target.write_bytes(np.asarray(data, "<f8").tobytes(order="F"))
    return {
        "shape": [int(length) for length in shape],
        "affine": canonical.affine[:3].tolist(),
        "axes": "".join(nibabel.aff2axcodes(image.affine)),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    if sys.argv[1] == "make":
        make(folder)
    else:
        for index, line in enumerate(sys.stdin.read().splitlines()):
            try:
                answer = read(line, folder / f"{index}.f64")
            except Exception as error:  # what nibabel refuses is told, not hidden
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps({"file": line, **answer}))
