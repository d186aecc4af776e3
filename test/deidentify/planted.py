"""Makes DICOM images that hold a canary in every attribute of the profile's table, at the top and nested, and wherever else one fits."""

import json
import sys
from pathlib import Path

import numpy
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.dataelem import DataElement
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian, MRImageStorage
import pydicom.config

pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

rows = json.loads(sys.argv[1])
out = Path(sys.argv[2])


def value(vr, tag):
    """A canary that fits: CNRY in text, 867530 in numbers and UIDs, 18671107 in dates, 235917 in times."""
    name = f"CNRY{tag:08X}"
    return {
        "DA": "18671107", "DT": "18671107235917.5", "TM": "235917.5", "AS": "CNRY", "DS": "867530.9",
        "IS": "867530942", "UI": f"1.2.867530.{tag}", "PN": f"{name}^Gildong=홍^길동", "UR": f"https://cnry.example/{name}",
    }.get(vr, name)


def add(dataset, tag, vr, content):
    dataset[Tag(tag)] = DataElement(Tag(tag), vr, content)


def plant(dataset, depth):
    for tag, vr in rows:
        if tag >> 16 in (0, 2, 4):
            continue
        if vr == "SQ":
            item = Dataset()
            add(item, 0x00080080, "LO", f"CNRY{tag:08X}")
            add(item, 0x0040A160, "UT", f"CNRY{tag:08X}")
            add(item, 0x00081155, "UI", f"1.2.867530.{tag}")
            add(dataset, tag, vr, Sequence([item]))
        elif vr in ("OB", "UN"):
            add(dataset, tag, vr, f"CNRY{tag:08X}".encode())
        elif vr not in ("US", "UL", "SS", "SL", "FL", "FD"):
            add(dataset, tag, vr, value(vr, tag))
    private = Dataset()
    add(private, 0x00100010, "PN", "CNRY^Private")
    add(private, 0x00090010, "LO", "CNRYMAKER")
    dataset.add_new(0x00090010, "LO", "CNRYMAKER")
    dataset.add_new(0x00091001, "LO", "CNRYPRIVATE")
    dataset.add_new(0x00091002, "OB", b"CNRYBYTES0")
    dataset.add_new(0x00091003, "UN", b"CNRYBYTES1")
    dataset.add_new(0x00091004, "SQ", Sequence([private]))
    for group in (0x6000, 0x6002, 0x5000):
        dataset.add_new((group << 16) | 0x3000, "OW", b"CNRYOVER")
        dataset.add_new((group << 16) | 0x4000, "LT", "CNRYCOMMENT")
    dataset.add_new(0x0008FFF0, "LO", "CNRYUNKNOWN")
    # A name where the standard requires a number, or a code.
    dataset.add_new(0x00180050, "LO", "CNRY^Thick")
    dataset.add_new(0x00189073, "LO", "CNRYFD")
    if depth < 3:
        inner = Dataset()
        plant(inner, depth + 1)
        add(dataset, 0x00082218, "SQ", Sequence([inner]))  # kept: anatomic region


for name, syntax in (("implicit", ImplicitVRLittleEndian), ("explicit", ExplicitVRLittleEndian), ("big", ExplicitVRBigEndian)):
    image = Dataset()
    plant(image, 0)
    image.SpecificCharacterSet = "ISO_IR 192"
    image.SOPClassUID = MRImageStorage
    image.Modality = "MR"
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Rows, image.Columns = 6, 4
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.PixelRepresentation = 0
    image.add_new(0x7FE00010, "OW", (numpy.arange(24) * 150 % 4096).astype(">u2" if name == "big" else "<u2").tobytes())
    image.add_new(0xFFFCFFFC, "OB", b"CNRYTRAILING")
    image.file_meta = FileMetaDataset()
    image.file_meta.MediaStorageSOPClassUID = MRImageStorage
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.file_meta.TransferSyntaxUID = syntax
    image.file_meta.SourceApplicationEntityTitle = "CNRYSOURCE"
    image.file_meta.PrivateInformationCreatorUID = "1.2.867530.2"
    image.file_meta.PrivateInformation = b"CNRYMETA"
    image.preamble = b"CNRYPREAMBLE".ljust(128, b"\0")
    folder = out / f"CNRY^Gildong {name}"
    folder.mkdir(parents=True)
    image.save_as(folder / f"CNRY{name}.dcm", enforce_file_format=True)
