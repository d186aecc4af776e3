"""Keras's first step of Adam, MobileNetV2 with frozen statistics, all layers trained.

    python first-step.py MODEL.keras FOLDER SIDE BATCH DTYPE

MODEL.keras is an export of Falx. FOLDER has `images` (uint8 [BATCH, SIDE, SIDE, 3]), labels are 0, 1, 0, 1 … Writes FOLDER/order.json and
FOLDER/weights (float32, in Keras's order), and FOLDER/update-DTYPE: what the step changed each trainable weight by. Whether oneDNN computes
is for TF_ENABLE_ONEDNN_OPTS to say.
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

file, folder, side, batch, dtype = sys.argv[1:6]
folder, side, batch = pathlib.Path(folder), int(side), int(batch)


def weights_of(layers):
    for layer in layers:
        if getattr(layer, "layers", None):
            yield from weights_of(layer.layers)
        else:
            for weight in layer.weights:
                depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
                yield f"{layer.name}/{'depthwise_kernel' if depthwise and weight.name == 'kernel' else weight.name}", weight


exported = {key: weight.numpy() for key, weight in weights_of(keras.models.load_model(file, compile=False).layers)}
keras.config.set_floatx(dtype)
keras.config.set_dtype_policy(dtype)
backbone = keras.applications.MobileNetV2(
    include_top=False, weights=None, pooling="avg", input_shape=(side, side, 3)
)
model = keras.Model(backbone.input, keras.layers.Dense(1, name="logit")(backbone.output))
weights = list(weights_of(model.layers))
for key, weight in weights:
    weight.assign(exported[key].astype(dtype))
images = np.fromfile(folder / "images", np.uint8).reshape(batch, side, side, 3).astype(dtype) / 127.5 - 1
labels = (np.arange(batch) % 2).reshape(-1, 1).astype(dtype)
with tf.GradientTape() as tape:
    logits = model(tf.constant(images), training=False)
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
before = [weight.numpy() for weight in model.trainable_weights]
keras.optimizers.Adam(1e-3).apply(tape.gradient(loss, model.trainable_weights), model.trainable_weights)
trained = {id(weight) for weight in model.trainable_weights}
order = [[key, list(weight.shape), id(weight) in trained] for key, weight in weights]
(folder / "order.json").write_text(json.dumps(order))
np.concatenate([exported[key].astype(np.float32).ravel() for key, _ in weights]).tofile(folder / "weights")
changes = [(weight.numpy() - old).astype(np.float64).ravel() for weight, old in zip(model.trainable_weights, before)]
np.concatenate(changes).tofile(folder / f"update-{dtype}")
