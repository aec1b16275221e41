"""Runs programs that print or write JSON, in alternation, so that all see the same busy machine."""

import json
import subprocess
import sys
import tempfile


def infoplane(program, arguments):
    """The results of `infoplane bench ... --json`."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [program, "bench", *arguments, "--json", file.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return json.load(open(file.name))["results"]


def peer(script, arguments):
    """What a peer prints; None, with its last line on stderr, where it cannot run."""
    done = subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        print(f"{script}: {lines[-1] if lines else done.returncode}", file=sys.stderr)
        return None
    return json.loads(done.stdout)


def fastest(best, key, seconds):
    """Keeps the least of all rounds."""
    best[key] = min(seconds, best.get(key, seconds))


def write(path, benchmark, rows):
    if path:
        with open(path, "w") as file:
            json.dump({"benchmark": benchmark, "results": rows}, file, indent=2)
            file.write("\n")
