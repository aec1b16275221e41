#!/usr/bin/env python3
"""I(X;T) and I(T;Y) of softmax outputs in NumPy: from logits to bits, as a user would write it.

idnns    as in IDNNs (Shwartz-Ziv and Tishby's released code): np.digitize into bin values, rows
         viewed as bytes, np.unique over them, and np.unique again for every label
packed   the tuple of bins packed into one int64 (B <= 2^(63 / C)), np.unique over numbers
"""

import numpy as np

import peer


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def entropy_bits(counts):
    p = counts / counts.sum()
    return float(-(p * np.log2(p)).sum())


def bins_of(p, edges):
    """[a, b) with the last interval closed, from 0."""
    return np.minimum(np.digitize(p, edges) - 1, len(edges) - 2)


def idnns(logits, labels, bins):
    edges = np.linspace(0, 1, bins + 1)
    p = softmax(logits)
    values = edges[bins_of(p.reshape(-1), edges)].reshape(len(p), -1)
    rows = np.ascontiguousarray(values).view(
        np.dtype((np.void, values.dtype.itemsize * values.shape[1]))
    )
    _, inverse, counts = np.unique(rows, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    h_t = entropy_bits(counts)
    h_t_given_y = 0.0
    for y in np.unique(labels):
        mine = labels == y
        _, counts_y = np.unique(inverse[mine], return_counts=True)
        h_t_given_y += mine.mean() * entropy_bits(counts_y)
    return h_t, h_t - h_t_given_y


def packed(logits, labels, bins):
    edges = np.linspace(0, 1, bins + 1)
    digits = bins_of(softmax(logits), edges)
    key = np.zeros(len(logits), dtype=np.int64)
    for c in range(digits.shape[1]):
        key = key * bins + digits[:, c]
    _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
    classes = digits.shape[1]
    _, counts_ty = np.unique(inverse * classes + labels, return_counts=True)
    _, counts_y = np.unique(labels, return_counts=True)
    h_t = entropy_bits(counts)
    return h_t, h_t + entropy_bits(counts_y) - entropy_bits(counts_ty)


if __name__ == "__main__":
    options = peer.arguments(__doc__.splitlines()[0]).parse_args()
    methods = {"numpy-idnns": idnns}
    if options.bins**options.classes < 2**63:
        methods["numpy-packed"] = packed
    peer.run(options, methods, "cpu")
