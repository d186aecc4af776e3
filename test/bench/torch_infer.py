"""Inference in PyTorch: eval mode, channels-last, inference_mode; as built and with batch norms folded, the faster counts.

With --model it writes the network as ONNX instead, for ONNX Runtime.
"""

import copy
import statistics

import torch
from torch import nn
from torch.fx.experimental import optimization

import side
import torch_networks


def trained(args):
    """The network with running statistics that fit its weights, as training leaves them."""
    model = torch_networks.build(args.network).train()
    momenta = {m: m.momentum for m in model.modules() if isinstance(m, nn.BatchNorm2d)}
    for norm in momenta:
        norm.momentum = 1.0
    with torch.inference_mode():
        model(inputs(max(args.batch, 4), args.size))
    for norm, momentum in momenta.items():
        norm.momentum = momentum
    return model.eval()


def inputs(batch, size):
    return torch.from_numpy(side.images(batch, size)).permute(0, 3, 1, 2)


def write_onnx(model, args):
    """At a fixed batch size, the case that gives ONNX Runtime the most to plan with; logit and sigmoid."""
    graph = nn.Sequential(model, nn.Sigmoid()).eval()
    torch.onnx.export(graph, (inputs(args.batch, args.size),), args.model, dynamo=False, opset_version=17)


def measure(model, args):
    x = inputs(args.batch, args.size)
    with torch.inference_mode():
        return side.timed(lambda: torch.sigmoid(model(x)).numpy(), args.warm_up, args.steps)


def main():
    args = side.arguments()
    torch.set_num_threads(side.THREADS)
    model = trained(args)
    if args.model:
        write_onnx(model, args)
        return
    count = torch_networks.parameter_count(model)
    folded = optimization.fuse(copy.deepcopy(model)).to(memory_format=torch.channels_last)
    # Half the steps of one before the other and half after, so that drift of the machine affects both.
    half = copy.copy(args)
    half.steps = -(-args.steps // 2)
    runs = {"as built": [], "batch norms folded": []}
    first = {}
    for name, candidate in (("as built", model), ("batch norms folded", folded), ("as built", model), ("batch norms folded", folded)):
        warm_up, seconds = measure(candidate, half)
        first.setdefault(name, warm_up)
        runs[name] += seconds
    best = min(runs, key=lambda name: statistics.median(runs[name]))
    side.report(first[best], runs[best], count, {"torch": torch.__version__}, note=best)


main()
