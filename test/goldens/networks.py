"""Writes networks/NAME.json and networks/NAME.f32: what Keras makes of each network, for test/networks/.

    python test/goldens/networks.py --networks NAME

by a Python with keras 3.15.1 and tensorflow-cpu 2.21.0: the slow tests make one, ~/.cache/falx/python/keras-*/bin/python
(FALX_CACHE moves it). Without --networks all goldens are written anew.

Each network is keras.applications' own without its top, pooled to means, with one logit on it; weights and images are
those of formula.py. Keras computes in float64, so a golden carries no rounding of its own: what a comparison sees is
the rounding of the side compared. For both modes of batch normalisation (`inference`, `batch`), at an even and an odd
size, of one step on a batch of four images with labels 0, 1, 0, 1 it records

    features    one summary an image            logits   one number an image
    loss        mean binary cross-entropy       gradients   of the loss, one summary a trainable weight
    statistics  moving mean and variance after the step (batch mode), one summary each
    adam        trainable weights after one step of Adam(1e-3) (first size), one summary each

The .json has the layers, the weights and a table of contents; the .f32 the numbers, little-endian float32, in the
order of that table. formula.py says what a summary is.

    --full DIR     writes whole arrays in place of summaries to DIR (hundreds of MB) for the live comparison
    --networks A,B, --sizes 64,75 limit either
    --search N     tries N image seeds and says how far each one's gradients move under rounding

On seeds: a ReLU's gradient jumps at 0, and a batch's own statistics spread every jump. An activation so near 0 that
float32 rounding moves it across costs up to 1e-1 of a small gradient, in Keras as in anything else: of ten image seeds
about half have one. So `shift` keeps most activations off 0, and the seeds are ones where no activation crosses, in
Keras's own float32, with its weights changed by 5e-7, and here.

A new network begins with the `scale` of the one most like it and any seeds; `--search 10` then prints, for each size,
mode and seed, the three largest changes of a gradient under rounding. Enter a seed whose largest is well below the 1e-3
that the parity tests allow, for either mode of each size. Where there is none, raise `shift` (it moves the offsets of batch
normalisation, so a network without has only its gain and its seeds); where the logits of all images are alike or not
finite, change `gain`.
"""

import argparse
import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import tensorflow as tf
from keras import applications

import formula

BATCH = 4
MODES = ("inference", "batch")
HEAD = "logit"
# `seeds`: of the images, by size, for each mode.
NETWORKS = {
    "mobilenetv2": dict(
        build=applications.MobileNetV2,
        module=applications.mobilenet_v2,
        scale=dict(gain=0.7, shift=2.0, spread=0.5, kinks=16),
        seeds={64: (1, 1), 75: (3, 3)},
    ),
    "densenet121": dict(
        build=applications.DenseNet121,
        module=applications.densenet,
        scale=dict(gain=1.0, shift=3.0, spread=0.5, kinks=10**6),
        seeds={64: (1, 4), 75: (1, 1)},
    ),
    "resnet50": dict(
        build=applications.ResNet50,
        module=applications.resnet,
        scale=dict(gain=0.5, shift=2.0, spread=0.5, kinks=16),
        seeds={64: (0, 0), 75: (6, 0)},
    ),
}


def build(name, size, dtype="float64", disturbance=0.0):
    """Keras's network with the formula's weights: [n, size, size, 3] → (features, logit)."""
    keras.config.set_floatx(dtype)
    keras.backend.clear_session()
    given = NETWORKS[name]
    backbone = given["build"](include_top=False, weights=None, pooling="avg", input_shape=(size, size, 3))
    logit = keras.layers.Dense(1, name=HEAD)(backbone.output)
    model = keras.Model(backbone.input, [backbone.output, logit])
    random = np.random.default_rng(1)
    for stream, (_, kind, variable) in enumerate(weights_of(model)):
        values = formula.weight(stream, kind, tuple(variable.shape), **given["scale"]).astype(np.float64)
        variable.assign(values * (1 + disturbance * random.uniform(-1, 1, values.shape)))
    return model


def weights_of(model):
    """(layer name, weight name, variable) of every weight, in Keras's order."""
    for layer in model.layers:
        for variable in layer.weights:
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D) and variable.name == "kernel"
            yield layer.name, "depthwise_kernel" if depthwise else variable.name, variable


def one_step(model, name, size, mode, seed, dtype="float64"):
    """Runs and differentiates one batch. In batch mode the model's moving statistics follow it."""
    images = NETWORKS[name]["module"].preprocess_input(formula.images(seed, BATCH, size).astype(dtype))
    labels = (np.arange(BATCH) % 2).reshape(-1, 1).astype(dtype)
    with tf.GradientTape() as tape:
        features, logits = model(tf.constant(images), training=mode == "batch")
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
    gradients = tape.gradient(loss, model.trainable_weights)
    return {
        "features": list(features.numpy()),
        "logits": [logits.numpy().ravel()],
        "loss": [np.array([loss.numpy()])],
        "gradients": [gradient.numpy() for gradient in gradients],
        "statistics": [w.numpy() for w in model.non_trainable_weights] if mode == "batch" else [],
    }


def after_adam(model, gradients):
    keras.optimizers.Adam(1e-3).apply(gradients, model.trainable_weights)
    return [w.numpy() for w in model.trainable_weights]


def layer_of(layer):
    """What a faithful copy of a layer has to agree on."""
    keys = (
        "filters kernel_size pool_size strides padding use_bias activation epsilon momentum max_value units axis"
    ).split()
    config = layer.get_config()
    inbound = layer._inbound_nodes[0].input_tensors if layer._inbound_nodes else []
    return {
        "name": layer.name,
        "class": type(layer).__name__,
        "inputs": [tensor._keras_history.operation.name for tensor in inbound],
        **{key: config[key] for key in keys if key in config},
    }


def write(name, sizes, folder, full):
    given = NETWORKS[name]
    table, numbers, outputs, offset = [], [], {}, 0
    for size in sizes:
        for mode, seed in zip(MODES, given["seeds"][size]):
            model = build(name, size)
            values = one_step(model, name, size, mode, seed)
            if size == sizes[0]:
                values["adam"] = after_adam(model, values["gradients"])
            for what, arrays in values.items():
                whole = full or what in ("logits", "loss")
                rows = [np.asarray(a, np.float32).ravel() if whole else formula.summary(a) for a in arrays]
                table.append(dict(size=size, mode=mode, what=what, offset=offset, rows=len(rows), whole=whole))
                numbers += rows
                offset += sum(row.size for row in rows)
        outputs[size] = {layer.name: list(layer.output.shape[1:]) for layer in model.layers}
    record = {
        "network": name,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "batch": BATCH,
        "scale": given["scale"],
        "seeds": {str(size): dict(zip(MODES, given["seeds"][size])) for size in sizes},
        "table": table,
        "weights": [
            {"layer": layer, "weight": kind, "shape": list(variable.shape), "trainable": variable.trainable}
            for layer, kind, variable in weights_of(model)
        ],
        "layers": [
            {**layer_of(layer), "shapes": {str(size): outputs[size][layer.name] for size in sizes}}
            for layer in model.layers
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    np.concatenate(numbers).astype("<f4").tofile(folder / f"{name}.f32")
    (folder / f"{name}.json").write_text(one_line_an_entry(record))


def one_line_an_entry(record):
    lines = []
    for key, value in record.items():
        if isinstance(value, list):
            entries = ",\n".join("    " + json.dumps(entry) for entry in value)
            lines.append(f"  {json.dumps(key)}: [\n{entries}\n  ]")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def search(name, size, seeds):
    """Prints for each seed and mode the largest relative change of a gradient under float32 and under disturbed
    weights, and where. Gradients that are 0 but for rounding (of a bias before batch statistics) are left out."""
    exact, *others = [(build(name, size, *how), how[0]) for how in [("float64",), ("float32",), ("float64", 5e-7)]]
    # Batch mode changes the moving statistics, which only inference mode reads: so inference mode comes first.
    for mode in MODES:
        for seed in range(seeds):
            truth = one_step(exact[0], name, size, mode, seed)["gradients"]
            norms = [np.linalg.norm(gradient) for gradient in truth]
            changes = [
                (float(np.linalg.norm(change - gradient) / norm), variable.path)
                for model, dtype in others
                for change, gradient, norm, variable in zip(
                    one_step(model, name, size, mode, seed, dtype)["gradients"], truth, norms, exact[0].trainable_weights
                )
                if norm > 1e-9 * max(norms)
            ]
            print(name, size, mode, seed, sorted(changes)[-3:], flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--sizes", default="64,75")
    parser.add_argument("--search", type=int, metavar="N")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    folder = given.full or pathlib.Path(__file__).parent / "networks"
    for name in given.networks.split(","):
        if given.search:
            for size in sizes:
                search(name, size, given.search)
        else:
            write(name, sizes, folder, given.full is not None)


if __name__ == "__main__":
    main()
