"""How the report looks: its labels, colours and widths.

With INFOPLANE_SCREENSHOTS=DIR it leaves pictures there, 1440 and 390 pixels wide."""

import os
import pathlib
import time

from report_case import ReportCase
from runs import make_run


class LookTest(ReportCase):
    def test_a_short_run_has_steps_on_its_axis(self):
        ticks = ("return [...document.querySelector('#plot-loss .axis').querySelectorAll('.tick')].map((tick) => {"
                 "const r = tick.getBoundingClientRect(); return [tick.textContent, r.x + r.width / 2]; })")
        for samples, x in ((5, "log"), (5, "linear"), (2, "log"), (2, "linear")):
            run = self.folder / f"short-{samples}-{x}"
            make_run(run, samples=samples, every=1)
            self.report([run], f"#x={x}")
            right = self.browser.run("return document.querySelector('#plot-loss').getBoundingClientRect().right")
            drawn = self.browser.run(ticks)
            steps = [int(text) for text, _ in drawn]
            self.assertIn(steps, ([0, 1, 2, 3, 4], [0, 2, 4]) if samples == 5 else ([0, 1],))
            self.assertLessEqual(drawn[-1][1], right)

    def test_fits_a_phone_and_paper(self):
        self.browser.resize(390, 844)
        self.report(self.seeds)
        self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), 390)
        self.assertGreaterEqual(self.browser.run("return document.querySelector('#plot-plane svg').clientWidth"), 350)
        self.browser.resize(1440, 1000)
        self.assertGreater(self.browser.run("return document.querySelector('#plot-plane svg').viewBox.baseVal.width"), 500)
        self.browser.command("Emulation.setEmulatedMedia", media="print")
        hidden = self.browser.run("return ['#toggles', '#slider', '.tools'].map((s) => getComputedStyle(document.querySelector(s)).display)")
        self.browser.command("Emulation.setEmulatedMedia", media="")
        self.assertEqual(hidden, ["none"] * 3)

    def test_long_labels_fit_a_phone_and_paper(self):
        long = [self.folder / f"{name}-{'and-a-folder-with-a-long-name-' * 3}" for name in ("first", "second")]
        for k, run in enumerate(long):
            make_run(run, seed=k, splits=("validation", "train"), data=f"{k}-{'of-a-data-set-' * 8}",
                     class_names=[f"class {c} {'that has many names ' * 3}" for c in range(10)])
        outside = (
            "return [...document.querySelectorAll('svg.figure')].flatMap((svg) => { const box = svg.getBoundingClientRect();"
            "return [...svg.querySelectorAll('text')].filter((text) => { const r = text.getBoundingClientRect();"
            "return r.left < box.left - 10 || r.right > box.right + 10; }).map((text) => text.textContent) })")
        label = f"fc-3 on 0-{'of-a-data-set-' * 8}"
        for width in (390, 1440):
            self.browser.resize(width, 844)
            self.report(long)
            self.browser.command("Emulation.setEmulatedMedia", media="print" if width == 1440 else "")
            self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), width)
            self.assertEqual(self.browser.run(outside), [])
            self.browser.command("Emulation.setEmulatedMedia", media="")
            for plot, whole in (("plane", label), ("loss", label), ("inversions", f"{label}, seed 0, train"),
                                ("classes", f"class 3 {'that has many names ' * 3}")):
                titles = self.browser.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)",
                                          f"#plot-{plot} text > title")
                self.assertIn(whole, titles, plot)
            rows = self.browser.run("return [...document.querySelectorAll('#plot-inversions text')].map((e) => e.firstChild?.data ?? '')")
            self.assertEqual(sum(row.startswith("fc-3 on") and row.endswith("train") for row in rows), 2)
        alike = [self.folder / f"alike-{lr}" for lr in (0.25, 0.5)]
        for run, lr in zip(alike, (0.25, 0.5)):
            make_run(run, lr=lr)
        self.report(alike)
        for plot in ("loss", "plane"):
            words = self.browser.run(f"return [...document.querySelectorAll('#plot-{plot} text')].map((e) => e.textContent)")
            self.assertIn("lr 0.25", words)
            self.assertIn("lr 0.5", words)

    def test_fourteen_configurations_look_different(self):
        runs = [self.folder / f"lr-{k}" for k in range(15)]
        for k, run in enumerate(runs):
            make_run(run, samples=5, lr=0.01 * (k + 1), splits=("validation", "train"))
        different = ("return new Set([...document.querySelectorAll(arguments[0])].map((e) => { const style = getComputedStyle(e);"
                     "return [style.stroke, style.strokeWidth, style.strokeDasharray, e.matches('.sample') ? e.getAttribute('d') : ''].join(' ') })).size")
        self.report(runs[:14], "#splits=validation")
        self.assertEqual(self.browser.run(different, "#plot-loss .line[data-path]"), 14)
        self.assertEqual(self.browser.run(different, "#plot-plane .sample:first-child"), 14)
        self.assertNotIn("repeat", self.text("#notes"))
        self.report(runs, "#splits=train")
        self.assertEqual(self.browser.run(different, "#plot-loss .line[data-path]"), 14)
        self.assertEqual(self.browser.run(different, "#plot-plane .sample:first-child"), 14)
        self.assertIn("from the 15th on they repeat", self.text("#notes"))

    def test_paths_stand_out_on_light_and_dark_screens(self):
        contrasts = (
            "const light = (colour) => { const [r, g, b] = colour.match(/[0-9.]+/g).map((v) => v / 255)"
            ".map((v) => v <= 0.04 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05; };"
            "const paper = light(getComputedStyle(document.body).backgroundColor);"
            "return [...document.querySelectorAll('#plot-plane .path, #plot-layers .path')].map((e) => { const style = getComputedStyle(e);"
            "const ratio = light(style.stroke) / paper; return Number(style.opacity) < 1 ? 0 : Math.max(ratio, 1 / ratio); })")
        self.report(self.seeds[:1])
        for scheme in ("light", "dark"):
            self.browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            time.sleep(0.2)
            ratios = self.browser.run(contrasts)
            self.assertGreater(len(ratios), 40)
            self.assertGreater(min(ratios), 2.0, scheme)
        self.browser.command("Emulation.setEmulatedMedia", features=[])

    def test_pictures(self):
        folder = os.environ.get("INFOPLANE_SCREENSHOTS")
        if not folder:
            self.skipTest("INFOPLANE_SCREENSHOTS is not set")
        runs = os.environ.get("INFOPLANE_RUNS", "").split() or self.seeds
        self.report(runs, os.environ.get("INFOPLANE_HASH", ""))
        dark = os.environ.get("INFOPLANE_DARK")
        if dark:
            self.browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        for width in (1440, 390):
            self.browser.resize(width, 900)
            time.sleep(0.3)
            self.browser.resize(width, self.browser.run("return document.documentElement.scrollHeight"))
            time.sleep(0.3)
            self.browser.screenshot(pathlib.Path(folder) / f"report-{width}.png")
        self.browser.command("Emulation.setEmulatedMedia", features=[])
