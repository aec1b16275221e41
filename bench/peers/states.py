"""The logits that `infoplane bench mi` counts (bench/logits.h), drawn again in NumPy, bit for bit."""

import numpy as np

STATES = ["fresh", "half-trained", "collapsed", "one-cell", "ties", "saturated", "spread"]
_BENCH_STREAM = 0x0E000000


def philox_words(count, stream, step):
    """Words 0 to count - 1 of Philox4x32-10 under seed 0 (core/rng.h)."""
    low32 = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    block = np.arange((count + 3) // 4, dtype=np.uint64)
    c = [block & low32, block >> shift, np.full_like(block, step), np.full_like(block, stream)]
    key0, key1 = 0, 0
    for _ in range(10):
        product0 = np.uint64(0xD2511F53) * c[0]
        product1 = np.uint64(0xCD9E8D57) * c[2]
        c = [
            (product1 >> shift) ^ c[1] ^ np.uint64(key0),
            product1 & low32,
            (product0 >> shift) ^ c[3] ^ np.uint64(key1),
            product0 & low32,
        ]
        key0 = (key0 + 0x9E3779B9) & 0xFFFFFFFF
        key1 = (key1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=1).reshape(-1)[:count].astype(np.uint32)


def draw(state, rows, classes):
    """logits [rows, classes] float32, labels [rows] int32."""
    words = philox_words(rows * (classes + 1), _BENCH_STREAM, STATES.index(state))
    words = words.reshape(rows, classes + 1)
    first, draws = words[:, 0], words[:, 1:]
    label = (first % np.uint32(classes)).astype(np.int32)
    wrong = first // np.uint32(classes) % 16 == 0
    guess = np.where(wrong, (label + 1) % classes, label)
    u = (draws >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
    one_hot = np.arange(classes)[None, :]
    if state == "fresh":
        z = u - np.float32(0.5)
    elif state == "half-trained":
        z = np.float32(8) * u + np.float32(4) * (one_hot == label[:, None])
    elif state == "collapsed":
        z = u + np.float32(40) * (one_hot == guess[:, None])
    elif state == "one-cell":
        z = u + np.float32(40) * (one_hot == 0)
        label = np.zeros_like(label)
    elif state == "saturated":
        z = u + np.float32(200) * (one_hot == guess[:, None])
    elif state == "spread":
        z = np.float32(2) * u + np.float32(10) * (draws % np.uint32(classes) < 4)
    else:
        z = (draws % np.uint32(3)).astype(np.float32)
    return np.ascontiguousarray(z, dtype=np.float32), label


def rows_near_edges(logits, bins):
    """Rows with a softmax output within 4 ulp (of a float32) of an inner edge k / bins."""
    p = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    k = np.clip(np.round(p * bins), 1, bins - 1)
    edge = k / bins
    ulp = np.exp2(np.floor(np.log2(edge)) - 23)
    return int((np.abs(p - edge) <= 4 * ulp).any(axis=1).sum())


def tolerance_bits(rows, near):
    """How far two values of I(X;T) or I(T;Y) may lie apart when `near` rows may change cells.

    Moving one of N rows changes the sum of n log2 n over the cells of a table by at most
    2 (log2 N + 1.5), and I(T;Y) holds two such sums.
    """
    return 1e-9 + near * 4 * (np.log2(max(rows, 2)) + 1.5) / rows
