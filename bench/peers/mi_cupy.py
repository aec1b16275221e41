#!/usr/bin/env python3
"""I(X;T) and I(T;Y) of softmax outputs in CuPy: packed keys and cupy.unique. Needs a GPU."""

import sys

import peer

try:
    import cupy as cp

    cp.cuda.runtime.getDeviceCount()
except Exception as error:  # no CuPy, no driver, no GPU: all are one answer here
    sys.exit(f"mi_cupy.py: needs CuPy and a GPU ({type(error).__name__}: {error})")


def entropy_bits(counts):
    p = counts / counts.sum()
    return float(-(p * cp.log2(p)).sum())


def packed(logits, labels, bins):
    e = cp.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    edges = cp.linspace(0, 1, bins + 1)
    digits = cp.minimum(cp.digitize(p, edges) - 1, bins - 1)
    key = cp.zeros(len(logits), dtype=cp.int64)
    for c in range(digits.shape[1]):
        key = key * bins + digits[:, c]
    _, inverse, counts = cp.unique(key, return_inverse=True, return_counts=True)
    classes = digits.shape[1]
    _, counts_ty = cp.unique(inverse * classes + labels, return_counts=True)
    _, counts_y = cp.unique(labels, return_counts=True)
    h_t = entropy_bits(counts)
    return h_t, h_t + entropy_bits(counts_y) - entropy_bits(counts_ty)


if __name__ == "__main__":
    options = peer.arguments(__doc__).parse_args()
    if options.bins**options.classes >= 2**63:
        sys.exit("mi_cupy.py: the tuple does not fit 63 bits; use fewer --classes or --bins")
    peer.run(
        options,
        {"cupy-packed": packed},
        "cuda",
        synchronize=cp.cuda.Device().synchronize,
        to_device=cp.asarray,
    )
