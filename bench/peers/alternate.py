"""Runs programs that print or write JSON, in alternation, so that all see the same busy machine."""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile


def infoplane(program, arguments):
    """The file that `infoplane bench ... --json` writes for one configuration."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [program, "bench", *arguments, "--json", file.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return json.load(open(file.name))


def peer(script, arguments, python=sys.executable, spins=False):
    """What a peer prints; None, with its last line on stderr, where it cannot run.

    Its threads sleep soon while they wait, as infoplane's do, since spinning stalls all on a busy
    machine; unless it `spins`: then OpenMP's default holds. The environment has the last word.
    """
    environment = {} if spins else {"GOMP_SPINCOUNT": "1000"}
    environment.update(os.environ)
    command = [python, script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        print(f"{script}: {lines[-1] if lines else done.returncode}", file=sys.stderr)
        return None
    return json.loads(done.stdout)


def fastest(best, key, seconds):
    """Keeps the least of all rounds."""
    best[key] = min(seconds, best.get(key, seconds))


def versions(*packages):
    """Of those that are installed here."""
    there = {}
    for name in packages:
        try:
            there[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return there


def write(path, benchmark, own, rows):
    """Writes the table, with the version, commit and time of infoplane's last measurement."""
    if path:
        report = {
            "benchmark": benchmark,
            "time": own["time"],
            "version": own["version"],
            "commit": own["commit"],
            "machine": own["results"][0]["machine"],
            "peers": versions("numpy", "torch"),
            "results": rows,
        }
        with open(path, "w") as file:
            json.dump(report, file, indent=2)
            file.write("\n")
