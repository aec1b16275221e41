#!/usr/bin/env python3
"""Packs what tables and figures are made of into runs.tar.xz, the same bytes for the same runs.

pack_runs.py [--per-class] OUT.tar.xz RUN ...

Of each run's folder: config.toml without the data's folder, run.json without command line, host and
files, metrics.csv, readings.csv, layers.csv and, for Figures 6 and 7, per_class.csv. No networks.
"""

import argparse
import io
import json
import lzma
import pathlib
import re
import tarfile


def contents(run, per_class):
    settings = (run / "config.toml").read_text()
    yield "config.toml", re.sub(r"(?m)^data_dir = .*$", 'data_dir = ""', settings).encode()
    facts = json.loads((run / "run.json").read_text())
    for name in ["command", "host"]:  # gone where the run was packed before
        facts.pop(name, None)
    facts["data"].pop("files", None)
    yield "run.json", (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode()
    for name in ["metrics.csv", "readings.csv", "layers.csv"] + ["per_class.csv"] * per_class:
        if (run / name).exists():
            yield name, (run / name).read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-class", action="store_true")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("runs", type=pathlib.Path, nargs="+", metavar="RUN")
    options = parser.parse_args()
    with lzma.open(options.out, "w", preset=9 | lzma.PRESET_EXTREME) as compressed:
        with tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for run in sorted(options.runs, key=lambda run: run.name):
                for name, data in contents(run, options.per_class):
                    member = tarfile.TarInfo(f"runs/{run.name}/{name}")
                    member.size = len(data)
                    archive.addfile(member, io.BytesIO(data))


if __name__ == "__main__":
    main()
