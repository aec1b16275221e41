#!/usr/bin/env python3
"""I(X;T) and I(T;Y) of softmax outputs in PyTorch: torch.unique over rows and over packed keys."""

import torch

import peer


def entropy_bits(counts):
    p = counts.double() / counts.sum()
    return -(p * p.log2()).sum()


def bins_of(logits, bins):
    p = torch.softmax(logits, dim=1)
    # float64 edges as `infoplane mi` has them; right=True makes the intervals [a, b).
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64, device=logits.device)
    return torch.bucketize(p.double(), edges[1:-1], right=True)


def information(t, counts, labels, classes):
    counts_ty = torch.unique(t * classes + labels, return_counts=True)[1]
    counts_y = torch.unique(labels, return_counts=True)[1]
    h_t = entropy_bits(counts)
    return h_t.item(), (h_t + entropy_bits(counts_y) - entropy_bits(counts_ty)).item()


def unique_rows(logits, labels, bins):
    _, t, counts = torch.unique(
        bins_of(logits, bins).to(torch.uint8), dim=0, return_inverse=True, return_counts=True
    )
    return information(t, counts, labels, logits.shape[1])


def unique_packed(logits, labels, bins):
    digits = bins_of(logits, bins)
    key = torch.zeros(len(logits), dtype=torch.int64, device=logits.device)
    for c in range(digits.shape[1]):
        key = key * bins + digits[:, c]
    _, t, counts = torch.unique(key, return_inverse=True, return_counts=True)
    return information(t, counts, labels, logits.shape[1])


if __name__ == "__main__":
    parser = peer.arguments(__doc__)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    options = parser.parse_args()
    device = options.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if options.threads:
        torch.set_num_threads(options.threads)
    methods = {"torch-unique-rows": unique_rows}
    if options.bins**options.classes < 2**63:
        methods["torch-unique-packed"] = unique_packed
    peer.run(
        options,
        methods,
        device,
        threads=torch.get_num_threads(),
        synchronize=torch.cuda.synchronize if device == "cuda" else lambda: None,
        to_device=lambda array: torch.from_numpy(array).to(device),
    )
