"""What the browser tests share: a program, three made-up runs, a browser and what it sees."""

import atexit
import functools
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from runs import make_run
from webdriver import Browser

PROGRAM = sys.argv.pop(1)


@functools.cache
def folder():
    temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    atexit.register(temporary.cleanup)
    return pathlib.Path(temporary.name)


@functools.cache
def browser():
    """One for all tests."""
    opened = Browser(folder())
    atexit.register(opened.close)
    return opened


@functools.cache
def seeds():
    """Runs, and the rows of each."""
    runs = [folder() / f"seed-{seed}" for seed in (1, 2, 3)]
    return runs, [make_run(run, seed, splits=("validation", "train"), layers=seed == 1) for seed, run in enumerate(runs, 1)]


class ReportCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = folder()
        cls.browser = browser()
        cls.seeds, cls.rows = seeds()

    def setUp(self):
        self.browser.resize(1440, 1000)

    def address_once(self, holds):
        """The address once that holds: state.js lets it rest between two changes."""
        deadline = time.monotonic() + 10
        while not holds(url := self.browser.url()) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertTrue(holds(url), url)
        return url

    def address_with(self, part):
        return self.address_once(lambda url: part in url)

    def report(self, runs, hash=""):
        """Writes a report, opens it and gives its file."""
        file = self.folder / f"{self.id().rsplit('.', 1)[-1]}.html"
        subprocess.run([PROGRAM, "report", *map(str, runs), "--out", str(file)], check=True, stdout=subprocess.DEVNULL)
        self.browser.console(), self.browser.requests()
        self.browser.open(file.as_uri() + hash)
        return file

    def tearDown(self):
        self.assertEqual(self.browser.console(), [])
        self.assertEqual([url for url in self.browser.requests() if not url.startswith(("file:", "data:", "about:", "blob:"))], [])

    def count(self, selector):
        return self.browser.run("return document.querySelectorAll(arguments[0]).length", selector)

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0]).textContent", selector)

    def point_at_sample(self, k):
        """Puts the pointer on the k-th sample drawn on the plane."""
        place = self.browser.run(
            "const e = document.querySelectorAll('#plot-plane .sample')[arguments[0]];"
            "e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2]", k)
        self.browser.point_at(*place)
