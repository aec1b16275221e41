"""Writes torch_values.h: what PyTorch gives, in float64, on inputs that float32 holds exactly."""
import torch

torch.set_default_dtype(torch.float64)


def pattern(n, step):
    """n multiples of 1/8 in [-4, 4), spread by `step`."""
    return torch.tensor([((i * step + 11) % 64 - 32) / 8 for i in range(n)])


def write(name, values):
    numbers = ", ".join(f"{v:.17g}" for v in values.detach().reshape(-1).tolist())
    print(f"inline const std::vector<double> {name} = {{{numbers}}};")


def batch_norm():
    layer = torch.nn.BatchNorm2d(3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([0.5, 1.25, -2.0]))
        layer.bias.copy_(torch.tensor([0.0, -1.0, 0.75]))
        layer.running_mean.copy_(torch.tensor([0.25, 0.0, -0.5]))
        layer.running_var.copy_(torch.tensor([1.5, 1.0, 0.25]))
    x = pattern(24, 37).reshape(2, 3, 2, 2).requires_grad_()
    dy = pattern(24, 23).reshape(2, 3, 2, 2)
    y = layer(x)
    y.backward(dy)
    write("kBatchNormTrain", y)
    write("kBatchNormDx", x.grad)
    write("kBatchNormDgamma", layer.weight.grad)
    write("kBatchNormDbeta", layer.bias.grad)
    write("kBatchNormRunningMean", layer.running_mean)
    write("kBatchNormRunningVar", layer.running_var)
    layer.eval()
    write("kBatchNormEval", layer(x))


def optimizer(name, make):
    """Three steps from w = pattern(7, 37) with gradients pattern(7, 23), (7, 29) and (7, 31)."""
    w = pattern(7, 37).requires_grad_()
    update = make([w])
    for step in (23, 29, 31):
        w.grad = pattern(7, step)
        update.step()
        write(f"k{name}Step{step}", w)


def softmax_cross_entropy():
    logits = pattern(20, 37).reshape(4, 5).requires_grad_()
    labels = torch.tensor([4, 0, 2, 2])
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    write("kCrossEntropyMean", loss)
    write("kCrossEntropyDlogits", logits.grad)


print("#pragma once\n\n#include <vector>\n")
print("// Written by torch_values.py; README.md says with which version.")
print("// clang-format off\nnamespace infoplane::oracle {\n")
batch_norm()
optimizer("Sgd", lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9, weight_decay=5e-4))
optimizer("Adam", lambda w: torch.optim.Adam(w, lr=1e-3, weight_decay=0.01))
softmax_cross_entropy()
print("\n}  // namespace infoplane::oracle\n// clang-format on")
