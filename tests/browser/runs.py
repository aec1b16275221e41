"""Run directories as a training leaves them, made up: paths of two phases with some noise."""

import json
import math
import random

METRICS = "step,epoch,split,loss_nats,accuracy,i_xt_bits,i_ty_bits,h_y_bits,symbols,singletons,n,rejected\n"
PER_CLASS = "step,split,class,n,h_x_bits,i_xt_bits,i_ty_bits,accuracy\n"
LAYERS = "step,epoch,split,layer,units,i_xt_bits,i_ty_bits,symbols,singletons,n,rejected\n"


def sample(t, noise):
    """I(X;T), I(T;Y), accuracy and loss after a part t of the run."""
    fit = min(t / 0.1, 1.0)
    compress = max(t - 0.1, 0.0) / 0.9
    return (5 + 4 * fit - 5 * compress + noise.gauss(0, 0.05), 0.5 + 2.3 * fit + 0.4 * compress + noise.gauss(0, 0.02),
            0.1 + 0.8 * fit + 0.08 * compress + noise.gauss(0, 0.004), 2.3 - 2 * fit - 0.2 * compress)


def make_run(path, seed=1, samples=60, splits=("validation",), classes=10, lr=0.1, status="done", layers=False,
             class_names=None, every=50, data="mnist"):
    """Writes the files and gives the rows of metrics.csv."""
    path.mkdir(parents=True)
    noise = random.Random(seed)
    rows = []
    per_class = []
    layer_rows = []
    for i in range(samples):
        step = every * i
        epoch = step / 469
        for split in splits:
            i_xt, i_ty, accuracy, loss = sample(i / max(samples - 1, 1), noise)
            rows.append([step, f"{epoch:.6f}", split, f"{loss:.9g}", f"{accuracy:.9g}", f"{i_xt:.12g}", f"{i_ty:.12g}",
                         f"{math.log2(10):.12g}", 800 + i, 300 - i // 4, 10000, 0])
            for c in range(classes):
                per_class.append([step, split, c, 1000, 12.5, f"{i_xt * (0.9 + 0.02 * c):.12g}",
                                  f"{min(i_ty / 3.4, 1) * (1 - 0.01 * c):.12g}", f"{accuracy:.9g}"])
            for k, layer in enumerate(("dense-1", "dense-2") if layers else ()):
                layer_rows.append([step, f"{epoch:.6f}", split, layer, 256 >> k, f"{i_xt + 3 - k:.12g}",
                                   f"{i_ty + 0.2 - 0.1 * k:.12g}", 9000, 8500, 10000, 0])
    for name, header, lines in (("metrics", METRICS, rows), ("per_class", PER_CLASS, per_class), ("layers", LAYERS, layer_rows)):
        if lines:
            text = header + "".join(",".join(map(str, line)) + "\n" for line in lines)
            (path / f"{name}.csv").write_text(text)
    (path / "config.toml").write_text(f'model = "fc-3"\ndata = "{data}"\nlr = {lr}\nseed = {seed}\n\n[sample]\nevery = "50"\n')
    (path / "run.json").write_text(json.dumps({
        "status": status, "command": ["infoplane", "train", "fc-3", "--seed", str(seed)], "version": "0.1.0",
        "commit": "abc", "host": "bench", "device": {"kind": "cpu", "name": "A CPU"}, "libraries": {"oneDNN": "2.6"},
        "data": {"name": data, "sha256": "00ff" * 16, "classes": classes, "train": 60000, "validation": 10000,
                 "class_names": class_names or [f"class {c}" for c in range(classes)]},
        "started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:01:00Z"}))
    return rows
