"""Writes weight-files/: one tiny model saved by Keras 2 and Keras 3 in each of their layouts, for
test/networks/weights/read.test.ts. With --networks DIR A,B it saves the real networks so instead, for the slow test.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0 && pip install --no-deps tf-keras==2.21.0
    python test/goldens/weight_files.py

Their numbers are formula.py's, with its default scale, streams counting the arrays of the model in Keras's order.
"""

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import tf_keras

import formula

VERSIONS = {"keras2": tf_keras, "keras3": keras}
TINY = "tiny"
NETWORKS = {"mobilenetv2": "MobileNetV2", "densenet121": "DenseNet121", "resnet50": "ResNet50"}


def tiny(k, top):
    layers = k.layers
    images = layers.Input((8, 8, 3))
    x = layers.Conv2D(2, 3, name="stem_conv")(images)
    x = layers.BatchNormalization(name="stem_bn")(x)
    x = layers.DepthwiseConv2D(3, use_bias=False, name="block_depthwise")(x)
    x = layers.BatchNormalization(name="block_bn")(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Conv2D(3, 1, use_bias=False, name="block_conv")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return k.Model(images, layers.Dense(2, name="predictions")(x) if top else x, name=TINY)


def build(k, name, top):
    if name == TINY:
        model = tiny(k, top)
    else:
        shape = (224, 224, 3) if top else (64, 64, 3)
        model = getattr(k.applications, NETWORKS[name])(weights=None, include_top=top, input_shape=shape)
    stream = 0
    for layer in model.layers:
        values = []
        for variable in layer.weights:
            kind = variable.name.split("/")[-1].split(":")[0]
            if isinstance(layer, k.layers.DepthwiseConv2D) and kind == "kernel":
                kind = "depthwise_kernel"
            values.append(formula.weight(stream, kind, tuple(variable.shape)))
            stream += 1
        layer.set_weights(values) if values else None
    return model


def save(version, name, folder, layouts):
    k = VERSIONS[version]
    folder.mkdir(parents=True, exist_ok=True)
    for layout in layouts:
        path = str(folder / f"{version}-{layout}")
        model = build(k, name, top=layout.startswith("top"))
        if "nested" in layout:
            model = k.Sequential([k.layers.Input((64, 64, 3)), model, k.layers.GlobalAveragePooling2D(), k.layers.Dense(1)])
        if layout.endswith(".weights.h5") or "weights-only" in layout:
            model.save_weights(path)
        else:
            model.save(path)


# `weights-only.h5` is a layout of Keras 2 alone.
LAYOUTS = {
    "keras2": ["weights-only.h5", "top.h5", "nested.h5", "notop.weights.h5", "top.keras"],
    "keras3": ["top.h5", "nested.h5", "notop.weights.h5", "nested.weights.h5", "top.keras"],
}
COMMITTED = {
    "keras2": ["weights-only.h5", "notop.weights.h5"],
    "keras3": ["top.h5", "notop.weights.h5", "top.keras"],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs=2, metavar=("DIR", "A,B"))
    given = parser.parse_args()
    for version in VERSIONS:
        if given.networks is None:
            folder = pathlib.Path(__file__).parent / "weight-files"
            save(version, TINY, folder, COMMITTED[version])
        else:
            for name in given.networks[1].split(","):
                save(version, name, pathlib.Path(given.networks[0]) / name, LAYOUTS[version])


if __name__ == "__main__":
    main()
