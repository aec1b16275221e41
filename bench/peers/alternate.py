"""Runs programs that print or write JSON, in alternation, so that all see the same busy machine."""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile


class Failed(SystemExit):
    """What could not be measured, and why, in a line: the end, unless somebody goes on."""


def end_of(done):
    """How a program ended, and what it said last."""
    lines = done.stderr.strip().splitlines()
    return f"ended with {done.returncode}" + (f": {lines[-1]}" if lines else "")


def output(command):
    """What infoplane prints; its warnings go to stderr."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"infoplane {end_of(done)}")
    sys.stderr.write(done.stderr)
    return done.stdout


def infoplane(program, arguments):
    """The file that `infoplane bench ... --json` writes for one configuration."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        output([program, "bench", *arguments, "--json", file.name])
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
        print(f"{' '.join(command)} {end_of(done)}", file=sys.stderr)
        return None
    return json.loads(done.stdout)


def fastest(best, key, value):
    """Keeps the least of all rounds: seconds, or a tuple that begins with them."""
    best[key] = min(value, best.get(key, value))


def versions(*packages):
    """Of those that are installed here."""
    there = {}
    for name in packages:
        try:
            there[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return there


def write_json(path, content):
    """In place of a file that is there, at once; nothing without a path."""
    if path:
        with open(path + ".new", "w") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
        os.replace(path + ".new", path)


def write(path, benchmark, own, rows):
    """Writes the table so far, with the version, commit and time of infoplane's last measurement."""
    report = {
        "benchmark": benchmark,
        "time": own["time"],
        "version": own["version"],
        "commit": own["commit"],
        "machine": own["results"][0]["machine"],
        "peers": versions("numpy", "torch", "cupy-cuda12x", "cupy-cuda13x"),
        "results": rows,
    }
    write_json(path, report)
