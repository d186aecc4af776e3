"""Training steps in PyTorch: channels-last, fused Adam, gradients dropped before the forward pass."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

import side
import torch_networks


def main():
    args = side.arguments()
    torch.set_num_threads(side.THREADS)
    model = torch_networks.build(args.network).train()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    x = torch.from_numpy(side.images(args.batch, args.size)).permute(0, 3, 1, 2)  # already channels-last in memory
    y = torch.from_numpy(side.labels(args.batch))
    loss_value = None

    def step():
        nonlocal loss_value
        optimiser.zero_grad(set_to_none=True)
        loss = binary_cross_entropy_with_logits(model(x), y)
        loss.backward()
        optimiser.step()
        loss_value = loss.item()

    warm_up, seconds = side.timed(step, args.warm_up, args.steps)
    side.report(warm_up, seconds, torch_networks.parameter_count(model), {"torch": torch.__version__}, loss_value)


main()
