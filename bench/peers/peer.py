"""What the peers of `infoplane bench mi` share: arguments, the check, timing, JSON."""

import argparse
import json
import sys
import time

import numpy as np

import alternate
import states


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--state", choices=states.STATES, default="fresh")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--bins", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--logits", help="an .npy file to take in place of a state, with --labels")
    parser.add_argument("--labels")
    parser.add_argument("--infoplane", default="infoplane", help="the program to check against")
    return parser


def load(options):
    """Arrays, and the files that hold them (None when drawn here)."""
    if options.logits:
        return np.load(options.logits), np.load(options.labels)
    return states.draw(options.state, options.rows, options.classes)


def reference(options, logits, labels, folder):
    """What `infoplane mi` says of the same arrays, in files."""
    if options.logits:
        files = [options.logits, options.labels]
    else:
        files = [f"{folder}/logits.npy", f"{folder}/labels.npy"]
        np.save(files[0], logits)
        np.save(files[1], labels)
    command = [options.infoplane, "mi", *files, "--bins", str(options.bins), "--json"]
    return json.loads(alternate.output(command))


def measure(call, repeats, synchronize=lambda: None):
    """Result, seconds and processor seconds of each repeat, after one that does not count.

    Processor seconds, summed over threads, leave out the time that other programs took.
    """
    result = call()
    synchronize()
    seconds = []
    cpu_seconds = []
    for _ in range(repeats):
        start, cpu_start = time.perf_counter(), time.process_time()
        result = call()
        synchronize()
        seconds.append(time.perf_counter() - start)
        cpu_seconds.append(time.process_time() - cpu_start)
    return result, seconds, cpu_seconds


def run(
    options, methods, device, threads=1, synchronize=lambda: None, to_device=lambda array: array
):
    """Checks and times each method(logits, labels, bins) -> (I(X;T), I(T;Y)); prints JSON.

    `threads` of the host is what the methods use, to be written down.
    """
    import tempfile

    logits, labels = load(options)
    near = states.rows_near_edges(logits, options.bins)
    with tempfile.TemporaryDirectory() as folder:
        expected = reference(options, logits, labels, folder)
    tolerance = states.tolerance_bits(len(labels), near)
    arrays = to_device(logits), to_device(labels)
    report = []
    for name, method in methods.items():
        (i_xt, i_ty), seconds, cpu_seconds = measure(
            lambda: method(*arrays, options.bins), options.repeats, synchronize
        )
        for key, value in (("i_xt_bits", i_xt), ("i_ty_bits", i_ty)):
            if not abs(value - expected[key]) <= tolerance:
                sys.exit(
                    f"{name}: {key} is {value!r}, infoplane mi says {expected[key]!r}; "
                    f"{near} rows near an edge allow {tolerance:.3g}"
                )
        report.append(
            {
                "method": name,
                "device": device,
                "threads": threads,
                "state": None if options.logits else options.state,
                "n": len(labels),
                "classes": logits.shape[1],
                "bins": options.bins,
                "i_xt_bits": float(i_xt),
                "i_ty_bits": float(i_ty),
                "rows_near_edges": near,
                "seconds": {
                    "repeats": len(seconds),
                    "min": min(seconds),
                    "cpu_min": min(cpu_seconds),
                    "median": float(np.median(seconds)),
                },
            }
        )
    print(json.dumps(report, indent=2))
