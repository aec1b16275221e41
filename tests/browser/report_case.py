"""What the browser tests share: a program, three made-up runs, a browser and what it sees."""

import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from runs import make_run
from webdriver import Browser

PROGRAM = sys.argv.pop(1)


class ReportCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.browser = Browser(cls.folder)
        cls.addClassCleanup(cls.browser.close)
        cls.seeds = [cls.folder / f"seed-{seed}" for seed in (1, 2, 3)]
        cls.rows = []
        for seed, run in enumerate(cls.seeds, 1):
            cls.rows.append(make_run(run, seed, splits=("validation", "train"), layers=seed == 1))

    def setUp(self):
        self.browser.resize(1440, 1000)

    def address(self):
        time.sleep(0.3)  # state.js lets it rest between two changes
        return self.browser.url()

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
