#!/usr/bin/env python3
"""The steps of `infoplane bench train` in PyTorch: same networks, batch, optimizer, made-up images.

With --start, the losses of the first steps from the weights, images and labels of a file that
`infoplane bench losses --start` wrote, without dropout.

float32; with --precision tf32 its products and convolutions of TF32, with bf16 under autocast. Eager
unless --compile. --layout is of images and kernels where there are convolutions.
One step: gather a batch of resident bytes, scale, forward, loss, backward, optimizer.
"""

import argparse
import json
import time

import numpy as np
import torch
from torch import nn

MODELS = [
    "fc-3", "fc-6", "fc-9", "cnn-2", "cnn-4", "cnn-6", "cnn-9", "cnn-16", "alexnet", "linear",
    "tishby", "tishby-relu",
]  # fmt: skip
LAYOUTS = ["nchw", "channels-last"]
LEARNING_RATE = 1e-3  # small: labels at random must not make the loss diverge
SHAPES = {
    "mnist": ((1, 28, 28), 10),
    "fashion-mnist": ((1, 28, 28), 10),
    "cifar10": ((3, 32, 32), 10),
    "cifar100": ((3, 32, 32), 100),
    "tishby": ((12,), 2),
}


class Builder:
    """Puts layers on top of each other and keeps the shape that comes out."""

    def __init__(self, image, classes):
        self.image, self.classes = image, classes
        self.layers = []
        self.shape = (1, *image)

    def add(self, layer):
        with torch.no_grad():
            self.shape = layer.eval()(torch.zeros(self.shape)).shape
        self.layers.append(layer.train())

    def dense(self, out):
        self.add(nn.Linear(self.shape[1], out))

    def conv(self, kernel, out, stride=1, pad=None):
        pad = kernel // 2 if pad is None else pad
        self.add(nn.Conv2d(self.shape[1], out, kernel, stride, pad))

    def conv_block(self, kernel, out):
        self.conv(kernel, out)
        self.add(nn.BatchNorm2d(out))
        self.add(nn.ReLU())

    def pool(self, kernel, stride):
        self.add(nn.MaxPool2d(kernel, stride))

    def head(self):
        self.add(nn.Dropout2d(0.5))
        self.add(nn.Flatten())
        self.dense(256)
        self.add(nn.ReLU())
        self.add(nn.Dropout(0.5))
        self.dense(self.classes)


def fully_connected(net, widths):
    net.add(nn.Flatten())
    for width in widths:
        net.dense(width)
        net.add(nn.BatchNorm1d(width))
        net.add(nn.ReLU())
    net.add(nn.Dropout(0.5))
    net.dense(net.classes)


def fc9_widths(net):
    return [512, 512 if net.image[0] == 1 else 256, 256, 256, 256, 128, 128]


def cnn4_and(net, more):
    net.conv_block(5, 10)
    net.pool(2, 2)
    net.conv_block(5, 20)
    net.pool(2, 2)
    net.conv_block(3, 40)
    net.pool(3 if net.image[0] == 1 else 2, 2)
    for _ in range(1 + more):
        net.conv_block(3, 60)
    net.head()


def build(model, image, classes):
    net = Builder(image, classes)
    grey = len(image) == 3 and image[0] == 1
    if model == "fc-3":
        fully_connected(net, [256])
    elif model == "fc-6":
        fully_connected(net, [512, 256, 256, 128])
    elif model == "fc-9":
        fully_connected(net, fc9_widths(net))
    elif model == "linear":
        net.add(nn.Flatten())
        for width in [*fc9_widths(net), classes]:
            net.dense(width)
    elif model in ("tishby", "tishby-relu"):
        for width in [10, 7, 5, 4, 3]:
            net.dense(width)
            net.add(nn.Tanh() if model == "tishby" else nn.ReLU())
        net.dense(classes)
    elif model == "cnn-2":
        net.conv_block(5, 10)
        net.pool(2, 2)
        net.conv_block(3, 20)
        net.pool(2, 2)
        net.head()
    elif model == "cnn-6" and grey:
        for kernel, out, pool in [(5, 10, 2), (5, 20, 2), (3, 40, 3), (3, 80, 0), (3, 160, 1)]:
            net.conv_block(kernel, out)
            if pool:
                net.pool(pool, 2)
        net.conv_block(3, 320)
        net.head()
    elif model in ("cnn-4", "cnn-6", "cnn-9"):
        cnn4_and(net, {"cnn-4": 0, "cnn-6": 2, "cnn-9": 5}[model])
    elif model == "cnn-16":
        for stage in ([64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3):
            for width in stage:
                net.conv_block(3, width)
            net.pool(2, 2)
        net.add(nn.Flatten())
        net.dense(classes)
    elif model == "alexnet":
        for kernel, out, stride, pad, pool in [
            (11, 64, 4, 5, True),
            (5, 192, 1, 2, True),
            (3, 384, 1, 1, False),
            (3, 256, 1, 1, False),
            (3, 256, 1, 1, True),
        ]:
            net.conv(kernel, out, stride, pad)
            net.add(nn.ReLU())
            if pool:
                net.pool(2, 2)
        net.add(nn.Flatten())
        net.dense(classes)
    return nn.Sequential(*net.layers)


def make_optimizer(model, parameters, lr=LEARNING_RATE):
    """One kernel for all parameters, as infoplane has it, where PyTorch has that: from 2.4 on."""
    version = tuple(int(number) for number in torch.__version__.split(".")[:2])
    more = {"fused": True} if version >= (2, 4) else {}
    if model.startswith("tishby"):
        return torch.optim.Adam(parameters, lr=lr, **more)
    return torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=5e-4, **more)


def is_convolutional(model):
    return model.startswith("cnn") or model == "alexnet"


def usual_data(model):
    return "tishby" if model.startswith("tishby") else "cifar10"


def read_safetensors(path):
    """The float32 tensors of a file by name, in the order of their data."""
    content = open(path, "rb").read()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        values = np.frombuffer(content[start + begin : start + end], dtype="<f4")
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return tensors


def first_losses(options):
    """From the start in a file: parameters in the order of the layers, images, labels."""
    device = torch.device(options.device)
    start = read_safetensors(options.start)
    images = start.pop("images").to(device)
    labels = start.pop("labels").long().to(device)
    image, classes = SHAPES[options.data or usual_data(options.model)]
    network = build(options.model, image, classes)
    for layer in network:
        if isinstance(layer, (nn.Dropout, nn.Dropout2d)):
            layer.p = 0.0
    parameters = list(network.parameters())
    assert len(parameters) == len(start), f"{len(start)} parameters, here {len(parameters)}"
    with torch.no_grad():
        for parameter, value in zip(parameters, start.values()):
            parameter.copy_(value.reshape(parameter.shape))
    dtype = torch.float64 if options.double else torch.float32
    network = network.to(device, dtype)
    images = images.to(dtype)
    optimizer = make_optimizer(options.model, network.parameters(), options.lr)
    losses = []
    for step in range(options.steps):
        first = step % (len(labels) // options.batch) * options.batch
        batch = slice(first, first + options.batch)
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(network(images[batch] / 255), labels[batch])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"torch": torch.__version__, "losses_nats": losses}


def measure(options):
    device = torch.device(options.device)
    data = options.data or usual_data(options.model)
    image, classes = SHAPES[data]
    images = max(4 * options.batch, 500)
    torch.manual_seed(0)
    pixels = torch.randint(0, 256, (images, *image), dtype=torch.uint8).to(device)
    labels = (torch.arange(images) % classes).to(device)
    network = build(options.model, image, classes).to(device)
    layout = options.layout if is_convolutional(options.model) else None
    channels_last = layout == "channels-last"
    if channels_last:
        pixels = pixels.to(memory_format=torch.channels_last)
        network = network.to(memory_format=torch.channels_last)
    parameters = sum(p.numel() for p in network.parameters())
    on_gpu = device.type == "cuda"
    optimizer = make_optimizer(options.model, network.parameters())
    forward = torch.compile(network, mode=options.compile) if options.compile else network
    narrow = torch.autocast(device.type, torch.bfloat16, enabled=options.precision == "bf16")
    loss_function = nn.CrossEntropyLoss()
    loss = None

    def step(i):
        nonlocal loss
        first = i % (images // options.batch) * options.batch
        index = torch.arange(first, first + options.batch, device=device)
        x = pixels[index].float().div_(255)
        if channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        optimizer.zero_grad(set_to_none=True)
        with narrow:
            loss = loss_function(forward(x), labels[index])
        loss.backward()
        optimizer.step()

    # A GPU is waited for once in as many steps as infoplane times at once.
    at_once = 16 if on_gpu else 1
    synchronize = torch.cuda.synchronize if on_gpu else lambda: None
    warm_up = 3
    for i in range(warm_up):
        step(i)
    seconds = []
    total = 0.0
    i = warm_up
    while len(seconds) < options.repeats or total < 0.2:
        synchronize()
        start = time.perf_counter()
        for _ in range(at_once):
            step(i)
            i += 1
        synchronize()
        seconds.append((time.perf_counter() - start) / at_once)
        total += seconds[-1] * at_once
    assert torch.isfinite(loss), f"{options.model}: the loss is not finite"
    return {
        "config": {
            "model": options.model,
            "data": data,
            "batch": options.batch,
            "device": options.device,
            "threads": torch.get_num_threads(),
            "precision": options.precision,
            "compile": options.compile or None,
            "layout": layout,
        },
        "torch": torch.__version__,
        "parameters": parameters,
        "seconds": {
            "step": {
                "repeats": len(seconds),
                "min": min(seconds),
                "median": float(np.median(seconds)),
            }
        },
        "images_per_second": options.batch / min(seconds),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--data", choices=list(SHAPES))
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument(
        "--compile", choices=["default", "reduce-overhead", "max-autotune"], help="torch.compile's mode"
    )
    parser.add_argument("--layout", choices=LAYOUTS, default="channels-last")
    parser.add_argument("--start", help="print losses from the start in this file instead")
    parser.add_argument("--double", action="store_true", help="of --start: compute in float64")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--lr", type=float, default=LEARNING_RATE)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.start and options.precision == "bf16":
        parser.error("--start compares float32's losses; take --precision fp32 or tf32")
    tf32 = options.precision != "fp32"  # with bf16, of what autocast leaves in float32
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True  # as `--determinism fast` does: time, then choose
    print(json.dumps(first_losses(options) if options.start else measure(options), indent=2))
