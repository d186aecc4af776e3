"""Inference in ONNX Runtime: the exported graph, all of its optimisations, batch norms folded."""

import onnxruntime

import side


def main():
    args = side.arguments()
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = side.THREADS
    session = onnxruntime.InferenceSession(args.model, options, providers=["CPUExecutionProvider"])
    x = side.images(args.batch, args.size).transpose(0, 3, 1, 2).copy()
    feeds = {session.get_inputs()[0].name: x}
    warm_up, seconds = side.timed(lambda: session.run(None, feeds), args.warm_up, args.steps)
    side.report(warm_up, seconds, None, {"onnxruntime": onnxruntime.__version__})


main()
