"""The report as a reader meets it, in headless Chromium: report_test.py PROGRAM [unittest's arguments].

With INFOPLANE_SCREENSHOTS=DIR it leaves pictures there, 1440 and 390 pixels wide."""

import csv
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from runs import make_run  # noqa: E402
from webdriver import Browser  # noqa: E402

PROGRAM = sys.argv.pop(1)
LEFT, RIGHT, END = "\ue012", "\ue014", "\ue010"


class ReportTest(unittest.TestCase):
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

    def test_draws_a_point_for_every_row(self):
        self.report(self.seeds, "#seeds=each")
        self.assertEqual(self.count("#plot-plane .sample"), sum(map(len, self.rows)))
        self.browser.click("input[name=seeds][value=mean]")
        self.assertEqual(self.count("#plot-plane .sample"), len(self.rows[0]))
        self.assertGreater(self.count("#plot-plane .plane-band"), 0)
        self.browser.click("#toggles input[type=checkbox]")  # the validation split
        self.assertEqual(self.count("#plot-plane .sample"), len(self.rows[0]) // 2)
        self.assertEqual(self.count("#plot-layers .layer-sample"), 2 * len(self.rows[0]) // 2)
        self.assertEqual(self.count("#plot-classes .bar"), 30)

    def test_pointing_marks_the_sample_in_all_panels(self):
        self.report(self.seeds[:1], "#splits=validation")
        self.point_at_sample(3)
        for plot in ("plane", "loss", "accuracy", "ixt", "ity"):
            self.assertGreater(self.count(f"#plot-{plot} .cursor circle"), 0, plot)
        row = [row for row in self.rows[0] if row[2] == "validation"][3]
        readout = self.text("#readout")
        self.assertIn(f"step {row[0]}", readout)
        for value, decimals in ((row[3], 4), (row[4], 4), (row[5], 3), (row[6], 3)):
            self.assertIn(f"{float(value):.{decimals}f}", readout)
        for plot, value, decimals in (("loss", row[3], 4), ("accuracy", row[4], 4), ("ixt", row[5], 3), ("ity", row[6], 3)):
            self.assertEqual(self.text(f"#plot-{plot} .cursor text"), f"{float(value):.{decimals}f}")
        self.browser.point_at(2, 2)
        self.assertEqual(self.count(".cursor circle"), 0)

    def test_keys_move_through_samples_and_epochs(self):
        self.report(self.seeds[:1], "#splits=validation")
        self.browser.press("#plot-plane svg", LEFT)  # places the mark on the last sample
        self.browser.press("#plot-plane svg", LEFT + LEFT)
        steps = [row[0] for row in self.rows[0] if row[2] == "validation"]
        self.assertIn(f"at=0.validation%3A{steps[-3]}", self.address())
        all_samples = self.count("#plot-plane .sample")
        self.browser.run("document.querySelector('#readout').firstChild.isTheSame = true")
        self.browser.press("#slider", LEFT * 5)
        self.assertTrue(self.browser.run("return document.querySelector('#readout').firstChild.isTheSame === true"))
        self.assertEqual(self.count("#plot-plane .sample"), all_samples - 5)
        self.assertIn("epoch=", self.address())
        self.browser.press("#slider", END)
        self.assertEqual(self.count("#plot-plane .sample"), all_samples)
        self.assertNotIn("epoch=", self.address())

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

    def test_a_mean_is_over_the_ticked_seeds(self):
        def numbers(runs, hash):
            self.report(runs, hash)
            self.browser.press("#plot-ixt svg", LEFT + LEFT)
            texts = self.browser.run(
                "return ['#readout', '#section-phases tr.mean', '#plot-plane .mark', '#plot-plane .plane-band', '#plot-plane .sample',"
                "'#plot-ixt .line', '#plot-ixt .band'].map((s) => [...document.querySelectorAll(s)].map((e) =>"
                "[e.textContent, e.getAttribute('d'), e.getAttribute('transform')].join(' ')).join(' '))")
            return [[float(number) for number in re.findall(r"-?[0-9]+\.?[0-9]*", text)] for text in texts]

        alone, ticked, all_seeds = numbers(self.seeds[:2], ""), numbers(self.seeds, "#hide=2"), numbers(self.seeds, "")
        self.assertIn("at=mean0.validation", self.address())
        for of_two, reference, of_three in zip(ticked, alone, all_seeds):
            self.assertEqual(len(of_two), len(reference))
            self.assertLess(max(abs(a - b) for a, b in zip(of_two, reference)), 0.15)  # of rounded numbers, in pixels
            self.assertNotEqual(of_two, of_three)
        self.report(self.seeds, "#hide=2&at=mean0.validation%3A2900")
        self.assertIn("mean of 2 seeds", self.text("#readout"))
        self.browser.click("#toggles fieldset:last-of-type label:nth-of-type(2) input")
        self.assertEqual(self.count("#plot-ixt .band"), 0)
        self.assertEqual(self.count("#plot-ixt .line[data-path='0.validation']"), 1)
        again = self.folder / "seed-1-without-train"
        make_run(again, 1)
        self.report([*self.seeds, again], "#hide=0")
        self.assertEqual(self.count("#plot-ixt .line[data-path='mean0.validation']"), 1)
        self.assertEqual(self.count("#plot-ixt .line[data-path]"), 1)

    def test_plays(self):
        self.report(self.seeds[:1])
        self.browser.click("#play")
        least, deadline = len(self.rows[0]), time.monotonic() + 10
        while time.monotonic() < deadline:  # before the first frame all samples are there
            drawn = self.count("#plot-plane .sample")
            if drawn > least:
                break
            least = drawn
        self.assertLess(least, len(self.rows[0]))
        self.assertGreater(drawn, least)
        self.browser.click("#play")
        deadline = time.monotonic() + 10
        while self.browser.run("return document.querySelector('#play').textContent") != "▶" and time.monotonic() < deadline:
            time.sleep(0.02)  # a busy browser takes the click later
        stopped = self.count("#plot-plane .sample")
        time.sleep(0.3)
        self.assertEqual(self.count("#plot-plane .sample"), stopped)

    def test_the_hash_restores_a_view(self):
        file = self.report(self.seeds)
        for choice in ("[name=seeds][value=each]", "[name=values][value=smoothed]", "[name=x][value=linear]", "[name=plane][value=close]"):
            self.browser.click(f"input{choice}")
        self.browser.press("#slider", LEFT * 7)
        self.browser.press("#plot-ity svg", LEFT + LEFT)
        self.browser.run("document.querySelector('#plot-classes .hit').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
        look = ("return [[...document.querySelectorAll('#toggles input')].map((e) => e.checked), document.querySelector('#slider').value,"
                "document.querySelector('#readout').textContent, document.querySelector('#epoch').textContent,"
                "document.querySelector('#plot-plane svg').innerHTML, document.querySelector('#plot-classes svg').innerHTML]")
        view, url = self.browser.run(look), self.address()
        self.assertNotEqual(url, file.as_uri())
        self.browser.open(url)
        self.assertEqual(self.browser.run(look), view)
        self.browser.open(file.as_uri() + "#seeds=none&epoch=x&at=9.train:1&splits=test&series=7&class=a&hide=99&x=")
        self.assertEqual(self.count("#plot-plane .sample"), len(self.rows[0]))

    def test_a_class_is_chosen_by_keys_and_named_on_paper(self):
        self.report(self.seeds[:2])
        self.browser.press("#section-classes label:nth-of-type(2) select", "class 3")
        self.assertIn("class=3", self.address())
        self.assertEqual(self.text("#plot-classes .chosen"), "class 3")
        self.browser.command("Emulation.setEmulatedMedia", media="print")
        words = self.browser.run("return document.querySelector('#section-classes').innerText")
        self.browser.command("Emulation.setEmulatedMedia", media="")
        self.assertNotIn("Run:", words)
        self.assertNotIn("Class:", words)
        self.assertIn("of seed 1, validation", self.text("#plot-classes .label"))
        self.assertIn("class class 3 of seed 1, validation", self.text("#plot-class-paths .label"))
        # Numbers stand beside their bars, in the colour of text.
        places = self.browser.run(
            "return [...document.querySelectorAll('#plot-classes .bar')].map((bar) => { const text = bar.nextElementSibling;"
            "return [bar.getBoundingClientRect().right, text.getBoundingClientRect().left, getComputedStyle(text).fill]; })")
        self.assertEqual(len(places), 30)
        for bar, number, colour in places:
            self.assertLess(bar, number)
            self.assertEqual(colour, "rgb(29, 35, 43)")

    def test_saves_what_a_panel_shows(self):
        self.report(self.seeds[:1])
        self.browser.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.browser.downloads))
        # Not more: Chromium asks before it saves an eleventh file.
        for plot in ("plane", "inversions", "classes", "layers"):
            for kind in ("svg", "csv"):
                button = f"#plot-{plot} .tools button:nth-child({1 if kind == 'svg' else 2})"
                self.browser.run("document.querySelector(arguments[0]).click()", button)
                file = self.browser.downloads / f"fc-3-on-mnist-seed-1-{plot}.{kind}"
                deadline = time.monotonic() + 10
                while not file.exists() and time.monotonic() < deadline:
                    time.sleep(0.02)
                self.assertTrue(file.exists(), file)
        root = xml.etree.ElementTree.parse(self.browser.downloads / "fc-3-on-mnist-seed-1-plane.svg").getroot()
        samples = [e for e in root.iter() if e.get("class") == "sample"]
        self.assertEqual(len(samples), len(self.rows[0]))
        with open(self.browser.downloads / "fc-3-on-mnist-seed-1-plane.csv", newline="") as stream:
            table = list(csv.DictReader(stream))
        self.assertEqual(len(table), len(self.rows[0]))
        self.assertAlmostEqual(float(table[0]["i_xt_bits"]), float(self.rows[0][0][5]), 3)

    def test_says_what_is_odd_about_a_run(self):
        killed = self.folder / "killed"
        make_run(killed, status="running", samples=5)
        (killed / "per_class.csv").unlink()
        with open(killed / "metrics.csv", "a") as stream:
            stream.write("250,0.53,validation,nan,nan,nan,nan,3.32,0,0,9990,10\n")
            stream.write("300,0.63,vali")  # torn
        one = self.folder / "one"
        make_run(one, samples=1, lr=0.5, classes=2, class_names=["</script><script>document.title='broken'</script>", "é & <b>"])
        self.report([killed, one], "#series=1.validation")
        self.assertIn("</script><script>", self.text("#plot-classes svg"))
        notes = self.text("#notes")
        for part in ("not finished", "no per_class.csv", "rejected", "no number", "one sample only"):
            self.assertIn(part, notes)
        self.assertEqual(self.count("#plot-plane .sample"), 6)
        self.assertIn("2 configurations", self.browser.run("return document.title"))
        self.assertNotIn("<", self.text("#data"))
        empty = self.folder / "empty"
        make_run(empty, samples=0)
        (empty / "metrics.csv").write_text("step,epoch,split,loss_nats,accuracy,i_xt_bits,i_ty_bits,h_y_bits,n\n")
        self.report([empty])
        self.assertIn("no sample", self.text("#notes"))

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

    def test_ten_long_runs_stay_small_and_quick(self):
        runs = [self.folder / f"long-{seed}" for seed in range(10)]
        for seed, run in enumerate(runs):
            make_run(run, seed, samples=600)
        file = self.report(runs, "#seeds=each")
        self.assertEqual(self.count("#plot-plane .sample"), 6000)
        self.assertLess(file.stat().st_size, 1_500_000)
        times = [int(self.browser.run("return document.documentElement.dataset.drawnMs"))]
        while min(times) >= 1000 and len(times) < 4:  # another program may have had the processor
            self.browser.open(file.as_uri() + "#seeds=each")
            times.append(int(self.browser.run("return document.documentElement.dataset.drawnMs")))
        self.assertLess(min(times), 1000)
        print(f"10 runs of 600 samples: {file.stat().st_size} bytes, drawn in {min(times)} ms", file=sys.stderr)

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


if __name__ == "__main__":
    unittest.main(verbosity=1)
