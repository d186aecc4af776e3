"""
Keras models as scripts save them, with Keras's own answers: a JSON line a file.

    keras_models.py FOLDER PIXELS COUNT [NAME …]

PIXELS: uint8 [COUNT, 224, 224, 3]. Files are written by Keras 3 (.keras, .h5) and by Keras 2 (tf_keras, .h5). Weights are random, batch
normalisation has the pictures' statistics. Each line: file, how its pixels are scaled outside, the answers of its second class.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import tf_keras

folder, pixels_file, count, *only = sys.argv[1:]
pixels = np.fromfile(pixels_file, np.uint8).reshape(int(count), 224, 224, 3).astype(np.float32)
random = np.random.default_rng(7)


def applications(k):
    """By Falx's name: how to build the network, its module."""
    a = k.applications
    return {
        "mobilenetv2": (a.MobileNetV2, a.mobilenet_v2),
        "densenet121": (a.DenseNet121, a.densenet),
        "resnet50": (a.ResNet50, a.resnet if k is keras else a.resnet50),
    }


def resized(side):
    """Nearest neighbours: all sides see the same numbers."""
    at = (np.arange(side) * 224) // side
    return pixels[:, at][:, :, at]


def settled(k, base, module, side):
    """Scales of its own in each normalisation, and statistics of the pictures: maps neither vanish nor explode, and differ."""
    norms = [layer for layer in base.layers if type(layer).__name__ == "BatchNormalization"]
    for norm in norms:
        n = norm.get_weights()[0].shape
        norm.set_weights([random.uniform(0.7, 1.3, n), random.normal(0, 0.1, n), *norm.get_weights()[2:]])
        norm.momentum = 0.0
    base(module.preprocess_input(resized(side)), training=True)
    for norm in norms:
        norm.momentum = 0.99
    return base


def flat_head(k, name, side, head):
    build, module = applications(k)[name]
    base = settled(k, build(include_top=False, weights=None, input_shape=(side, side, 3)), module, side)
    return k.Model(base.input, head(k, base.output)), module.preprocess_input, "network"


def nested(k, name, side, head, pooling=None):
    """As Keras's own guide on transfer learning has it, preprocess_input inside."""
    build, module = applications(k)[name]
    base = settled(k, build(include_top=False, weights=None, input_shape=(side, side, 3), pooling=pooling), module, side)
    base.trainable = False
    given = k.Input((side, side, 3))
    x = k.layers.RandomFlip("horizontal")(given)
    x = module.preprocess_input(x)
    x = base(x, training=False)
    return k.Model(given, head(k, x)), (lambda x: x), "none"


def sequential(k, name, side, head_layers, rescaling=None, pooling=None):
    build, module = applications(k)[name]
    base = settled(k, build(include_top=False, weights=None, input_shape=(side, side, 3), pooling=pooling), module, side)
    before = [] if rescaling is None else [k.layers.Rescaling(*rescaling)]
    model = k.Sequential([k.Input((side, side, 3)), *before, base, *head_layers(k)])
    if rescaling is None:
        return model, (lambda x: x / 255.0), "unit"
    return model, (lambda x: x), "none"


def sigmoid_head(k, x):
    x = k.layers.GlobalAveragePooling2D()(x)
    return k.layers.Dense(1, activation="sigmoid")(k.layers.Dropout(0.3)(x))


def deep_head(k, x):
    x = k.layers.GlobalAveragePooling2D()(x)
    x = k.layers.BatchNormalization()(x)
    x = k.layers.Dense(128, activation="relu")(x)
    x = k.layers.Dropout(0.5)(x)
    x = k.layers.Dense(16)(x)
    x = k.layers.BatchNormalization()(x)
    x = k.layers.ReLU()(x)
    return k.layers.Dense(2, activation="softmax")(x)


def pooled_flat_head(k, x):
    """A brain tumour tutorial's that has been copied often: AveragePooling2D(4), Flatten."""
    x = k.layers.AveragePooling2D(pool_size=(4, 4))(x)
    x = k.layers.Flatten(name="flatten")(x)
    x = k.layers.Dense(64, activation="relu")(x)
    x = k.layers.Dropout(0.5)(x)
    return k.layers.Dense(2, activation="softmax")(x)


def flatten_layers(k):
    return [k.layers.Flatten(), k.layers.Dropout(0.5), k.layers.Dense(1, activation="sigmoid")]


def max_layers(k):
    return [k.layers.GlobalMaxPooling2D(), k.layers.Dense(32, activation="tanh"), k.layers.Dense(1), k.layers.Activation("sigmoid")]


def pooled_layers(k):
    return [k.layers.BatchNormalization(), k.layers.Dense(2), k.layers.Softmax()]


def teachable(k):
    """The layers of a Teachable Machine export: MobileNetV2 of width 0.35, two Sequentials in one."""
    base = k.applications.MobileNetV2(include_top=False, weights=None, alpha=0.35, input_shape=(224, 224, 3))
    settled(k, base, k.applications.mobilenet_v2, 224)
    features = k.Sequential([base, k.layers.GlobalAveragePooling2D()])
    head = k.Sequential(
        [
            k.layers.InputLayer(shape=(1280,)) if k is keras else k.layers.InputLayer((1280,)),
            k.layers.Dense(100, activation="relu", name="dense_Dense1"),
            k.layers.Dense(2, activation="softmax", use_bias=False, name="dense_Dense2"),
        ]
    )
    model = k.Sequential([features, head])
    model.build((None, 224, 224, 3))
    return model, (lambda x: x / 127.5 - 1.0), "signed"


MODELS = {
    "flat-sigmoid-mobilenetv2": lambda k: (160, *flat_head(k, "mobilenetv2", 160, sigmoid_head)),
    "flat-deep-resnet50": lambda k: (96, *flat_head(k, "resnet50", 96, deep_head)),
    "flat-pooled-densenet121": lambda k: (224, *flat_head(k, "densenet121", 224, pooled_flat_head)),
    "nested-mobilenetv2": lambda k: (128, *nested(k, "mobilenetv2", 128, sigmoid_head)),
    "nested-resnet50": lambda k: (96, *nested(k, "resnet50", 96, deep_head)),
    "nested-densenet121": lambda k: (96, *nested(k, "densenet121", 96, lambda k, x: k.layers.Dense(1, activation="sigmoid")(x), "avg")),
    "sequential-flatten-resnet50": lambda k: (64, *sequential(k, "resnet50", 64, flatten_layers)),
    "sequential-max-mobilenetv2": lambda k: (96, *sequential(k, "mobilenetv2", 96, max_layers, (1 / 127.5, -1))),
    "sequential-avg-densenet121": lambda k: (64, *sequential(k, "densenet121", 64, pooled_layers, (1 / 255.0,), "avg")),
    "teachable-machine": lambda k: (224, *teachable(k)),
}


def disturb(model, given):
    """A head of its own numbers, whose answers spread; the backbone is settled."""

    def each(layer):
        inner = getattr(layer, "layers", None)
        if inner is not None:
            return [found for one in inner for found in each(one)]
        return [layer]

    denses = [layer for layer in each(model) if type(layer).__name__ == "Dense"]
    for layer in each(model):
        if type(layer).__name__ == "BatchNormalization" and "normalization" in layer.name:
            n = layer.get_weights()[0].shape
            layer.set_weights([random.uniform(0.7, 1.3, n), *(random.normal(0, 0.1, n) for _ in range(2)), random.uniform(0.5, 1.5, n)])
    # The last unit times so much, and moved so, that the answers lie around the middle.
    for _ in range(2):
        kernel, *bias = denses[-1].get_weights()
        found = model.predict(given, verbose=0, batch_size=4)
        answers = np.clip(found[:, -1], 1e-6, 1 - 1e-6)
        logits = np.log(answers / (1 - answers))
        by = 2 / max(float(np.std(logits)), 1e-3)
        if bias:
            bias[0][-1] = (bias[0][-1] - float(np.mean(logits))) * (by if found.shape[1] == 1 else 1)
        denses[-1].set_weights([kernel * min(by, 100), *bias])


for name, make in MODELS.items():
    if only and name not in only:
        continue
    for k, endings in ((keras, (".keras", ".h5")), (tf_keras, (".h5",))):
        k.backend.clear_session()
        k.utils.set_random_seed(7)
        side, model, outside, scaling = make(k)
        given = outside(resized(side))
        disturb(model, given)
        found = model.predict(given, verbose=0, batch_size=4)
        answers = found[:, -1] if found.shape[1] == 2 else found[:, 0]
        for ending in endings:
            file = pathlib.Path(folder) / f"{name}-{'keras3' if k is keras else 'keras2'}{ending}"
            model.save(file)
            print(json.dumps({"file": str(file), "side": side, "scaling": scaling, "answers": [float(a) for a in answers]}), flush=True)
