"""Where a network looked, by captum, pytorch-grad-cam and PyTorch's own derivatives, and rank correlations by SciPy:
pip install torch captum grad-cam scipy; python -P maps.py > maps.json (-P: the script beside it called statistics.py is not the module)"""

import json

import numpy as np
import torch
from captum.attr import LayerGradCam, Occlusion
from pytorch_grad_cam import GradCAMPlusPlus
from scipy.stats import spearmanr

torch.manual_seed(4)
torch.set_default_dtype(torch.float64)


class Head(torch.nn.Module):
    """Feature maps in, as the last layer of a network gives them; global average pooling and one dense unit."""

    def __init__(self, channels):
        super().__init__()
        self.maps = torch.nn.Identity()
        self.dense = torch.nn.Linear(channels, 1)

    def forward(self, x):
        return self.dense(self.maps(x).mean(dim=(2, 3)))


def rounded(a):
    return [round(float(v), 7) for v in np.asarray(a).ravel()]


def plus_plus_by_derivatives(maps, weights, bias, sign):
    """Equation 10 and following of Chattopadhyay et al.: derivatives of exp(z), each taken on its own."""
    a = maps.clone().requires_grad_(True)
    y = torch.exp(sign * ((a.mean(dim=(1, 2)) * weights).sum() + bias))
    (first,) = torch.autograd.grad(y, a, create_graph=True)
    second, third = torch.zeros_like(a), torch.zeros_like(a)
    for index in np.ndindex(*a.shape):
        (g2,) = torch.autograd.grad(first[index], a, create_graph=True)
        second[index] = g2[index].detach()
        (g3,) = torch.autograd.grad(g2[index], a, retain_graph=True)
        third[index] = g3[index]
    total = a.detach().sum(dim=(1, 2), keepdim=True)
    alpha = second / (2 * second + total * third)
    channel = (alpha * torch.relu(first.detach())).sum(dim=(1, 2))
    # The factor exp(z) is the same for all places.
    return torch.relu((channel[:, None, None] * a.detach()).sum(dim=0)) / y.detach()


def head_case(name, count, channels, height, width):
    maps = torch.relu(torch.randn(count, channels, height, width)) * 2
    head = Head(channels)
    # Large beside the 1e-6 that pytorch-grad-cam adds below the line of α.
    head.dense.weight.data *= 100
    grad_cam = LayerGradCam(head, head.maps).attribute(maps.requires_grad_(True), target=0, relu_attributions=False)
    maps = maps.detach()
    weights, bias = head.dense.weight.detach()[0], head.dense.bias.detach()[0]
    negated = Head(channels)
    negated.dense.weight.data, negated.dense.bias.data = -head.dense.weight.data, -head.dense.bias.data
    plus = {}
    for target, sign, net in (("positive", 1, head), ("negative", -1, negated)):
        plus[target] = [rounded(plus_plus_by_derivatives(m, weights, bias, sign)) for m in maps]
        # pytorch-grad-cam scales each map to 0…1.
        scaled = GradCAMPlusPlus(net, [net.maps])(maps.requires_grad_(True), [lambda out: out.sum()] * count)
        plus[target + "Scaled"] = [rounded(m) for m in scaled]
        maps = maps.detach()
    return {
        "name": name,
        "shape": [count, height, width, channels],
        "maps": rounded(maps.permute(0, 2, 3, 1)),
        "weights": rounded(weights),
        "bias": float(bias),
        "logits": rounded(head(maps).detach()),
        "gradCam": [rounded(m) for m in grad_cam.detach()],
        "gradCamPlusPlus": plus,
    }


def formula(x):
    """A function of a picture [n, 3, side, side] that bends; test/inference/maps.test.ts has it too."""
    i = torch.arange(x[0].numel()).reshape(x.shape[1:])
    return (torch.sin(0.1 * i) * torch.tanh(x / 100)).sum(dim=(1, 2, 3))


def occlusion_case(side, step):
    random = np.random.default_rng(side)
    pixels = random.integers(0, 256, (side, side, 3))
    x = torch.tensor(pixels).permute(2, 0, 1)[None].double()
    mean = torch.round(x.mean(dim=(2, 3)))[:, :, None, None].expand_as(x)
    found = Occlusion(formula).attribute(
        x, sliding_window_shapes=(3, 2 * step, 2 * step), strides=(3, step, step), baselines=mean
    )
    return {"side": side, "step": step, "pixels": pixels.ravel().tolist(), "map": rounded(found[0, 0])}


def rank_case(a, b):
    return {"a": list(map(float, a)), "b": list(map(float, b)), "rho": float(spearmanr(a, b).statistic)}


random = np.random.default_rng(9)
ties = random.integers(0, 4, 30)
json.dump(
    {
        "heads": [head_case("square", 2, 6, 3, 3), head_case("oblong, many channels", 1, 20, 2, 4)],
        "occlusion": [occlusion_case(12, 2), occlusion_case(13, 2)],
        "ranks": [
            rank_case(random.normal(size=12).round(4), random.normal(size=12).round(4)),
            rank_case(ties, ties + random.integers(0, 3, 30)),
            rank_case([1, 2, 3], [3, 2, 1]),
        ],
    },
    __import__("sys").stdout,
)
