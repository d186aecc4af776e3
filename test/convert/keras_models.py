"""
Keras models as scripts save them, with Keras's own answers: a JSON line a file.

    keras_models.py FOLDER PIXELS COUNT [NAME …]

PIXELS: uint8 [COUNT, 224, 224, 3]. Files are written by Keras 3 (.keras, .h5) and by Keras 2 (tf_keras, .h5), or by the one Keras 2 that
this Python has. Weights are random, batch normalisation has the pictures' statistics. Each line: file, how its pixels are scaled outside,
the answers of its second class, the same in float64; or the layer and the reason for which it is refused.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import tensorflow as tf

folder, pixels_file, count, *only = sys.argv[1:]
pixels = np.fromfile(pixels_file, np.uint8).reshape(int(count), 224, 224, 3).astype(np.float32)
random = np.random.default_rng(7)

if keras.__version__.startswith("3"):
    import tf_keras

    WRITERS = ((keras, "keras3", (".keras", ".h5")), (tf_keras, "keras2", (".h5",)))
else:
    keras = tf.keras  # the package itself shows less of it
    WRITERS = ((keras, f"keras{keras.__version__}", (".h5", ".keras")),)


def is3(k):
    return k.__version__.startswith("3")


def applications(k):
    """By Falx's name: how to build the network, its module."""
    a = k.applications
    return {
        "mobilenetv2": (a.MobileNetV2, a.mobilenet_v2),
        "densenet121": (a.DenseNet121, a.densenet),
        "resnet50": (a.ResNet50, a.resnet if is3(k) else a.resnet50),
    }


def resized(side):
    """Nearest neighbours: all sides see the same numbers."""
    at = (np.arange(side) * 224) // side
    return pixels[:, at][:, :, at]


def each(layer):
    """All layers in a model, those of models inside it too."""
    inner = getattr(layer, "layers", None)
    return [layer] if inner is None else [found for one in inner for found in each(one)]


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


def built(k, name, side, **options):
    build, module = applications(k)[name]
    options = {"include_top": False, "weights": None, "input_shape": (side, side, 3), **options}
    base = build(**options)
    # In float64 it gets the numbers of the other.
    return (base if k.backend.floatx() == "float64" else settled(k, base, module, side)), module


def same(x):
    return x


def unit(x):
    return x / 255.0


def flat_head(k, name, side, head, **options):
    """The head on `base.output`."""
    base, module = built(k, name, side, **options)
    return k.Model(base.input, head(k, base.output)), module.preprocess_input, "network"


def augmentation(k):
    if k.backend.floatx() == "float64":
        return k.layers.Activation("linear")  # Keras 2 can't augment in float64, and a model that answers doesn't
    return k.Sequential(
        [
            k.layers.RandomFlip("horizontal_and_vertical"),
            k.layers.RandomRotation(0.2),
            k.layers.RandomZoom(0.1),
            k.layers.RandomContrast(0.1),
        ]
    )


def nested(k, name, side, head, before=None, **options):
    """As Keras's own guide on transfer learning has it: augmentation, preprocess_input and the network inside."""
    base, module = built(k, name, side, **options)
    base.trainable = False
    given = k.Input((side, side, 3))
    x = augmentation(k)(given)
    x = module.preprocess_input(x) if before is None else before(k, x)
    x = base(x, training=False)
    return k.Model(given, head(k, x)), same, "none"


def sequential(k, name, side, head_layers, before=None, **options):
    base, _ = built(k, name, side, **options)
    layers = [] if before is None else before(k)
    model = k.Sequential([k.Input((side, side, 3)), *layers, base, *head_layers(k)])
    if before is None:
        return model, unit, "unit"
    return model, same, "none"


# What scripts put in front.


def divided(k, x):
    return x / 127.5 - 1.0


def taken_from(k, x):
    """A constant first."""
    return 1.0 - x * (1.0 / 255)


def turned_by_hand(k, x):
    if is3(k):
        x = k.ops.flip(k.ops.cast(x, "float32"), axis=-1)
    else:
        x = tf.reverse(tf.cast(x, tf.float32), axis=[-1])
    return x - np.array([103.939, 116.779, 123.68], x.dtype.name if hasattr(x.dtype, "name") else x.dtype)


def concatenated(k, x):
    """The channels turned round by slices that are put together again, each scaled by itself."""
    red, green, blue = x[..., 0:1], x[..., 1:2], x[..., 2:]
    return k.layers.Concatenate()([blue / 255.0, green / 250.0, red / 245.0])


def normalised(k):
    layer = k.layers.Normalization(axis=-1)
    layer.adapt(pixels[:, ::8, ::8])
    return [layer]


def rescaled(k):
    return [k.layers.Rescaling(1.0 / 255)]


def rescaled_signed(k):
    return [augmentation(k), k.layers.Rescaling(1 / 127.5, offset=-1)]


# Heads.


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


def normalised_head(k, x):
    """Normalisation of the maps, regularised, an initialiser of its own."""
    x = k.layers.BatchNormalization()(x)
    x = k.layers.GlobalAveragePooling2D()(x)
    x = k.layers.Dense(256, activation="relu", kernel_regularizer=k.regularizers.l2(0.016), kernel_initializer="he_normal")(x)
    x = k.layers.BatchNormalization(axis=-1, momentum=0.99, epsilon=0.001)(x)
    x = k.layers.Dropout(rate=0.45, seed=123)(x)
    return k.layers.Dense(2, activation="softmax", dtype=k.backend.floatx())(x)


def bare_head(k, x):
    return k.layers.Dense(1, activation="sigmoid")(x)


def logits_head(k, x):
    return k.layers.Dense(2)(k.layers.Flatten()(x))


def flatten_layers(k):
    return [k.layers.Flatten(), k.layers.Dropout(0.5), k.layers.Dense(1, activation="sigmoid")]


def hidden_layers(k):
    return [
        k.layers.Flatten(),
        k.layers.Dense(256, activation="relu"),
        k.layers.Dropout(0.5),
        k.layers.Dense(1, activation="sigmoid"),
    ]


def average_layers(k):
    return [k.layers.GlobalAveragePooling2D(), k.layers.Dropout(0.2), k.layers.Dense(2, activation="softmax")]


def max_layers(k):
    return [k.layers.GlobalMaxPooling2D(), k.layers.Dense(32, activation="tanh"), k.layers.Dense(1), k.layers.Activation("sigmoid")]


def pooled_layers(k):
    return [k.layers.BatchNormalization(), k.layers.Dense(2), k.layers.Softmax()]


def teachable(k):
    """The layers of a Teachable Machine export: MobileNetV2 of width 0.35, two Sequentials in one."""
    base, _ = built(k, "mobilenetv2", 224, alpha=0.35)
    features = k.Sequential([base, k.layers.GlobalAveragePooling2D()])
    head = k.Sequential(
        [
            k.layers.InputLayer(shape=(1280,)) if is3(k) else k.layers.InputLayer((1280,)),
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
    "flat-normalised-resnet50": lambda k: (96, *flat_head(k, "resnet50", 96, normalised_head)),
    "flat-bare-densenet121": lambda k: (64, *flat_head(k, "densenet121", 64, bare_head, pooling="max")),
    "flat-logits-mobilenetv2": lambda k: (64, *flat_head(k, "mobilenetv2", 64, logits_head)),
    "flat-top-densenet121": lambda k: (64, *flat_head(k, "densenet121", 64, lambda k, x: x, include_top=True, classes=2)),
    "nested-mobilenetv2": lambda k: (128, *nested(k, "mobilenetv2", 128, sigmoid_head)),
    "nested-resnet50": lambda k: (96, *nested(k, "resnet50", 96, deep_head)),
    "nested-densenet121": lambda k: (96, *nested(k, "densenet121", 96, bare_head, pooling="avg")),
    "nested-divided-densenet121": lambda k: (64, *nested(k, "densenet121", 64, sigmoid_head, divided)),
    "nested-taken-mobilenetv2": lambda k: (64, *nested(k, "mobilenetv2", 64, sigmoid_head, taken_from)),
    "nested-turned-resnet50": lambda k: (64, *nested(k, "resnet50", 64, sigmoid_head, turned_by_hand)),
    "nested-concatenated-resnet50": lambda k: (64, *nested(k, "resnet50", 64, sigmoid_head, concatenated)),
    "sequential-flatten-resnet50": lambda k: (64, *sequential(k, "resnet50", 64, flatten_layers)),
    "sequential-hidden-mobilenetv2": lambda k: (96, *sequential(k, "mobilenetv2", 96, hidden_layers, rescaled)),
    "sequential-hidden-resnet50": lambda k: (64, *sequential(k, "resnet50", 64, hidden_layers)),
    "sequential-max-mobilenetv2": lambda k: (96, *sequential(k, "mobilenetv2", 96, max_layers, rescaled_signed)),
    "sequential-average-resnet50": lambda k: (96, *sequential(k, "resnet50", 96, average_layers, normalised)),
    "sequential-avg-densenet121": lambda k: (64, *sequential(k, "densenet121", 64, pooled_layers, rescaled, pooling="avg")),
    "teachable-machine": lambda k: (224, *teachable(k)),
}


def by_code(k):
    base, module = built(k, "resnet50", 64)
    return k.Sequential([k.Input((64, 64, 3)), k.layers.Lambda(module.preprocess_input, name="scaling"), base, *average_layers(k)])


def with_elu(k):
    return flat_head(k, "mobilenetv2", 64, lambda k, x: bare_head(k, k.layers.Dense(8, "elu", name="hidden")(k.layers.Flatten()(x))))[0]


def two_poolings(k):
    def head(k, x):
        return bare_head(
            k,
            k.layers.Concatenate(name="both")([k.layers.GlobalAveragePooling2D()(x), k.layers.GlobalMaxPooling2D()(x)]),
        )

    return flat_head(k, "mobilenetv2", 64, head)[0]


def of_four(k):
    return flat_head(k, "mobilenetv2", 64, lambda k, x: k.layers.Dense(4, "softmax")(k.layers.GlobalAveragePooling2D()(x)))[0]


def cut_short(k):
    base, _ = built(k, "resnet50", 64)
    return k.Model(base.input, bare_head(k, k.layers.GlobalAveragePooling2D()(base.get_layer("conv4_block6_out").output)))


def of_vgg(k):
    base = k.applications.VGG16(include_top=False, weights=None, input_shape=(64, 64, 3))
    return k.Model(base.input, bare_head(k, k.layers.Flatten()(base.output)))


REFUSED = {
    "lambda-resnet50": (by_code, "kerasLayer", {"layer": "scaling", "how": "code"}),
    "elu-mobilenetv2": (with_elu, "kerasLayer", {"layer": "hidden", "how": "unknown"}),
    "two-poolings-mobilenetv2": (two_poolings, "kerasLayer", {"layer": "both", "how": "branch"}),
    "four-classes-mobilenetv2": (of_four, "kerasOutput", {"outputs": 4}),
    "cut-short-resnet50": (cut_short, "kerasBackbone", {}),
    "vgg16": (of_vgg, "kerasBackbone", {}),
}


def logits_of(found):
    """Of the second class; one output that is no probability is a logit already."""
    if found.shape[1] == 2:
        sums = found.sum(axis=1)
        if not np.allclose(sums, 1, atol=1e-3):
            return found[:, 1] - found[:, 0]
        return np.log(np.maximum(found[:, 1], 1e-30)) - np.log(np.maximum(found[:, 0], 1e-30))
    one = np.clip(found[:, 0].astype(np.float64), 1e-30, 1 - 1e-7)
    return np.log(one) - np.log1p(-one)


def answers_of(model, given):
    found = model.predict(given, verbose=0, batch_size=4)
    logits = logits_of(found.astype(np.float64))
    return [float(one) for one in 1 / (1 + np.exp(-logits))]


def disturb(model, given):
    """A head of its own numbers, whose answers spread; the backbone is settled."""
    layers = each(model)
    for layer in layers:
        if type(layer).__name__ == "BatchNormalization" and "normalization" in layer.name:
            n = layer.get_weights()[0].shape
            layer.set_weights([random.uniform(0.7, 1.3, n), *(random.normal(0, 0.1, n) for _ in range(2)), random.uniform(0.5, 1.5, n)])
    last = [layer for layer in layers if type(layer).__name__ == "Dense"][-1]
    # The last unit times so much, and moved so, that the answers lie around the middle.
    for _ in range(6):
        kernel, *bias = last.get_weights()
        logits = logits_of(model.predict(given, verbose=0, batch_size=4).astype(np.float64))
        by = float(np.clip(1.5 / max(float(np.std(logits)), 1e-6), 1e-3, 1e3))
        bias = [one * by for one in bias]
        if bias:
            bias[0][-1] -= by * float(np.mean(logits))
        last.set_weights([kernel * by, *bias])


def say(**told):
    print(json.dumps(told), flush=True)


def as_float64(k, make, model):
    """The same model, which computes in float64."""
    k.backend.set_floatx("float64")
    try:
        k.backend.clear_session()
        _, twin, outside, _ = make(k)
        twin.set_weights(model.get_weights())
        return twin, outside
    finally:
        k.backend.set_floatx("float32")


for k, written, endings in WRITERS:
    for name, make in MODELS.items():
        if only and name not in only:
            continue
        k.backend.clear_session()
        k.utils.set_random_seed(7)
        side, model, outside, scaling = make(k)
        given = outside(resized(side))
        disturb(model, given)
        answers = answers_of(model, given)
        files = [pathlib.Path(folder) / f"{name}-{written}{ending}" for ending in endings]
        for file in files:
            model.save(file)
        exact, outside64 = as_float64(k, make, model)
        precise = answers_of(exact, outside64(resized(side).astype(np.float64)))
        for file in files:
            say(file=str(file), side=side, scaling=scaling, answers=answers, precise=precise)
    for name, (make, why, facts) in REFUSED.items():
        if only and name not in only:
            continue
        k.backend.clear_session()
        model = make(k)
        for ending in endings:
            file = pathlib.Path(folder) / f"{name}-{written}{ending}"
            model.save(file)
            say(file=str(file), why=why, facts=facts)
