#!/usr/bin/env python3
"""In how many samples of a run accuracy, I(T;Y) and I(X;T) all lie near the paper's row of Table 4.

near_paper.py CELLS.csv [--after EPOCH] RUN:ROW ...

CELLS.csv   with Table 4's rows, as `infoplane reproduce table4` writes it: the paper's numbers
RUN         a run's folder with readings.csv (`--readings`), such as runs/cnn-4-cifar10-s1
ROW         "cnn-4 cifar10"
--after     only samples after this epoch

Prints CSV: the samples' 5%, 50% and 95% quantiles, the paper's number, and how many samples have
all three within 0.02, 0.05 bit and 0.5 bit of it, as measured, by the first 3000 images and by the
released code's conventions. Validation split.
"""

import argparse
import csv
import pathlib
import statistics

TOLERANCES = {"accuracy": 0.02, "i_ty_bits": 0.05, "i_xt_bits": 0.5}
CELLS = {"accuracy": "accuracy", "i_ty_bits": "I(T;Y)", "i_xt_bits": "I(X;T)"}
READINGS = ["paper", "first_3000", "ib_cnn"]


def read_rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def paper_row(cells, row):
    numbers = {
        quantity: float(cell["paper"])
        for quantity, name in CELLS.items()
        for cell in cells
        if cell["item"] == "table4"
        and cell["row"] == row
        and cell["quantity"] == f"convergence {name}"
    }
    if len(numbers) != len(CELLS):
        raise SystemExit(f"near_paper.py: no row '{row}' of Table 4 in the cells; give NETWORK DATA")
    return numbers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cells")
    parser.add_argument("--after", type=float, default=-1.0)
    parser.add_argument("runs", nargs="+", metavar="RUN:ROW")
    options = parser.parse_args()
    cells = read_rows(options.cells)
    print(
        "run,reading,quantity,samples,least_5_percent,median,most_5_percent,paper,"
        "samples_with_all_three"
    )
    for pair in options.runs:
        run, _, row = pair.rpartition(":")
        paper = paper_row(cells, row)
        samples = [
            sample
            for sample in read_rows(pathlib.Path(run) / "readings.csv")
            if sample["split"] == "validation" and float(sample["epoch"]) > options.after
        ]
        for reading in READINGS:
            read = [sample for sample in samples if sample["reading"] == reading]
            near = sum(
                all(abs(float(s[q]) - paper[q]) <= most for q, most in TOLERANCES.items())
                for s in read
            )
            for quantity in TOLERANCES:
                quantiles = statistics.quantiles(
                    (float(s[quantity]) for s in read), n=20, method="inclusive"
                )
                values = ",".join(f"{quantiles[i]:.3f}" for i in (0, 9, 18))
                print(
                    f"{pathlib.Path(run).name},{reading},{quantity},{len(read)},{values},"
                    f"{paper[quantity]:g},{near}"
                )


if __name__ == "__main__":
    main()
