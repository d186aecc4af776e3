"""
What other programs answer to the scans that Falx answered: a JSON line a model, {"worst": …}.

    exports.py FORMAT MODEL PIXELS ANSWERS SIDE NETWORK [FILES]

PIXELS: uint8 [n, side, side, 3]; ANSWERS: float32 [n], Falx's probabilities. FILES: JSON, [{"file", "kind", "answer"}], pictures with
Falx's answers to them, for what takes files.
"""

import json
import sys

import numpy as np

what, model, pixels_file, answers_file, side, network, *files = sys.argv[1:]
side = int(side)
pixels = np.fromfile(pixels_file, np.uint8).reshape(-1, side, side, 3)
answers = np.fromfile(answers_file, np.float32)


def onnx_answers(images):
    import onnx
    import onnxruntime

    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    meta = session.get_modelmeta().custom_metadata_map
    assert meta["notice"] == "Research use only, not for diagnosis.", meta
    assert 0 < float(meta["threshold"]) < 1
    return session.run(["probability"], {"images": images})[0]


def keras_answers():
    import zipfile

    import keras

    card = json.loads(zipfile.ZipFile(model).read("falx.json"))
    assert card["notice"] == "Research use only, not for diagnosis."
    return keras.saving.load_model(model).predict(pixels.astype(np.float32), verbose=0)


def weights_answers():
    """Into Keras Applications' own network, by its names."""
    import keras

    package, build = {
        "mobilenetv2": (keras.applications.mobilenet_v2, keras.applications.MobileNetV2),
        "densenet121": (keras.applications.densenet, keras.applications.DenseNet121),
        "resnet50": (keras.applications.resnet, keras.applications.ResNet50),
    }[network]
    base = build(include_top=False, weights=None, input_shape=(side, side, 3))
    import h5py

    with h5py.File(model) as file:
        named = {group["vars"].attrs["name"] for group in file["layers"].values()}
    missing = {layer.name for layer in base.layers if layer.weights} ^ named
    assert missing == {"logit"}, missing
    pooled = keras.layers.GlobalAveragePooling2D()(base.output)
    whole = keras.Model(base.input, keras.layers.Dense(1, name="logit", activation="sigmoid")(pooled))
    whole.load_weights(model)
    return whole.predict(package.preprocess_input(pixels.astype(np.float32)), verbose=0)


# Kind of file → the largest difference.
of_files = {}


def savedmodel_answers():
    """By TensorFlow's own loader: arrays, and where the signature is there each picture as the bytes of a PNG, and files."""
    import tensorflow as tf

    signatures = tf.saved_model.load(model).signatures
    found = signatures["serving_default"](images=tf.constant(pixels))["probability"].numpy()
    for size in (1, 2, 7, 16):
        alike = signatures["serving_default"](images=tf.constant(pixels[:size]))["probability"].numpy()
        assert alike.shape == (size,) and np.max(np.abs(alike - found[:size])) <= 1e-5, (size, alike, found[:size])
    if "serving_bytes" in signatures:
        of_bytes = signatures["serving_bytes"]
        for i, scan in enumerate(pixels):
            alike = of_bytes(image=tf.io.encode_png(scan))["probability"].numpy()
            assert alike.shape == (1,) and abs(alike[0] - found[i]) <= 1e-6, (i, alike, found[i])
        for one in json.load(open(files[0])) if files else []:
            with open(one["file"], "rb") as picture:
                answer = of_bytes(image=tf.constant(picture.read()))["probability"].numpy()[0]
            apart = abs(float(answer) - one["answer"])
            of_files[one["kind"]] = max(apart, of_files.get(one["kind"], 0.0))
    print("signatures:", ", ".join(sorted(signatures)), file=sys.stderr)
    return found


def readers():
    if what == "savedmodel":
        return savedmodel_answers()
    if what == "keras":
        return keras_answers()
    if what == "keras-weights":
        return weights_answers()
    if what == "onnx":
        return onnx_answers(pixels)
    if what == "onnx-float":
        return onnx_answers(pixels.astype(np.float32))
    raise SystemExit(f"no {what}")


found = np.asarray(readers()).reshape(-1)
assert found.shape == answers.shape, (found.shape, answers.shape)
spread = float(np.max(answers) - np.min(answers))
print(json.dumps({"worst": float(np.max(np.abs(found - answers))), "scans": len(answers), "spread": spread, "files": of_files}))
