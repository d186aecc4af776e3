"""
What other programs answer to the scans that Falx answered: a JSON line a model, {"worst": …}.

    exports.py FORMAT MODEL PIXELS ANSWERS SIDE

PIXELS: uint8 [n, side, side, 3]; ANSWERS: float32 [n], Falx's probabilities.
"""

import json
import sys

import numpy as np

what, model, pixels_file, answers_file, side = sys.argv[1:6]
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


def readers():
    if what == "onnx":
        return onnx_answers(pixels)
    if what == "onnx-float":
        return onnx_answers(pixels.astype(np.float32))
    raise SystemExit(f"no {what}")


found = np.asarray(readers()).reshape(-1)
assert found.shape == answers.shape, (found.shape, answers.shape)
print(json.dumps({"worst": float(np.max(np.abs(found - answers))), "scans": len(answers)}))
