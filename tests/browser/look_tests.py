"""How the report looks: its labels, colours and widths.

With INFOPLANE_SCREENSHOTS=DIR it leaves pictures there, 1440 and 390 pixels wide."""

import os
import pathlib
import time

from report_case import ReportCase
from runs import METRICS, make_run


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

    def test_nothing_overprints_a_title(self):
        # Pairs of words that lie on one another in the head of a panel, above its plot; its buttons count as words.
        over = (
            "return [...document.querySelectorAll('figure')].flatMap((figure) => { const top = figure.getBoundingClientRect().top;"
            "const words = [...figure.querySelectorAll('text, .tools button')].map((e) => [e.textContent, e.getBoundingClientRect(), e.closest('.axis') !== null])"
            ".filter(([, r, axis]) => r.width > 0 && !axis);"
            "return words.flatMap(([a, r], i) => words.slice(i + 1).filter(([, s]) => Math.min(r.top, s.top) < top + 16 &&"
            "r.left < s.right && s.left < r.right && r.top < s.bottom - 3 && s.top < r.bottom - 3).map(([b]) => `${figure.id}: ${a} / ${b}`)); })")
        for width in (1440, 390, 360, 320):
            self.browser.resize(width, 844)
            self.report(self.seeds, "#splits=validation")
            self.assertEqual(self.browser.run(over), [], width)
            self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), width)
        # Classes whose paths end at the top of the plane, on its left.
        high = self.folder / "high"
        make_run(high, classes=10)
        lines = (high / "per_class.csv").read_text().splitlines()
        table = [line.split(",") for line in lines[1:]]
        (high / "per_class.csv").write_text("\n".join([lines[0], *(",".join([*row[:5], str(9 if row[0] == "0" else 0.5), f"{1.0 - 0.001 * int(row[2])}", row[7]]) for row in table)]) + "\n")
        self.browser.resize(1440, 1000)
        self.report([high])
        self.assertEqual(self.browser.run(over), [])

    def test_layers_have_the_bounds_of_every_plane(self):
        self.report(self.seeds[:1])
        words = "return [...document.querySelectorAll('#plot-layers text')].map((e) => e.textContent)"
        for part in ("log₂ N = 13.29 bits", "H(Y) = 3.32 bits", "impossible: I(T;Y) > I(X;T)"):
            self.assertIn(part, self.browser.run(words))
        self.assertEqual(self.count("#plot-layers .possible"), 1)
        over = self.browser.run(
            "const r = [...document.querySelectorAll('#plot-layers text.halo')].map((e) => [e.textContent, e.getBoundingClientRect()]);"
            "return r.flatMap(([a, p], i) => r.slice(i + 1).filter(([, q]) => p.left < q.right && q.left < p.right && p.top < q.bottom - 3 &&"
            "q.top < p.bottom - 3).map(([b]) => `${a} / ${b}`))")
        self.assertEqual(over, [])
        ids = self.browser.run("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
        self.assertEqual(len(ids), len(set(ids)))

    def test_bounds_of_curves_are_named_away_from_their_ends(self):
        self.report(self.seeds[:1], "#x=linear")
        ends = ("const name = [...document.querySelectorAll('#plot-ity text')].find((e) => e.textContent.startsWith('H(Y)')).getBoundingClientRect();"
                "const lines = [...document.querySelectorAll('#plot-ity .line[data-path]')];"
                "return lines.some((line) => { const matrix = line.getScreenCTM(); for (let l = 0; l < line.getTotalLength(); l += 2) {"
                "const p = line.getPointAtLength(l).matrixTransform(matrix);"
                "if (p.x > name.left && p.x < name.right && p.y > name.top && p.y < name.bottom) return true; } return false; })")
        self.assertFalse(self.browser.run(ends))

    def test_the_chosen_view_stands_out(self):
        self.report(self.seeds[:1])
        backgrounds = ("return [...document.querySelectorAll('.segment span')].filter((e) => e.previousSibling.checked)"
                       ".map((e) => getComputedStyle(e).backgroundColor)")
        colours = self.browser.run(backgrounds)
        self.assertEqual(len(colours), 3)
        self.assertEqual(set(colours), {"rgb(0, 114, 178)"})

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

    def test_each_seed_has_a_colour_and_a_swatch(self):
        colours = "return [...new Set([...document.querySelectorAll(arguments[0])].map((e) => getComputedStyle(e)[arguments[1]]))]"
        self.report(self.seeds, "#seeds=each&splits=validation")
        lines = self.browser.run(colours, "#plot-loss .line[data-path]", "stroke")
        self.assertEqual(len(lines), 3)
        self.assertEqual(self.browser.run(colours, ".swatch", "backgroundColor"), lines)
        words = self.browser.run("return [...document.querySelectorAll('#plot-loss text')].map((e) => e.textContent)")
        self.assertIn("seed 3", words)
        self.browser.click("input[name=seeds][value=mean]")
        self.assertEqual(self.browser.run(colours, ".swatch", "display"), ["none"])

    def test_a_long_legend_leaves_the_plane_its_height(self):
        runs = [self.folder / f"rate-{k}" for k in range(40)]
        for k, run in enumerate(runs):
            make_run(run, samples=3, lr=0.01 * (k + 1), data=f"{k}-{'of-a-long-name-' * 4}")
        height = "return document.querySelector('#plot-plane .impossible').getBoundingClientRect().height"
        for width in (1440, 390):
            self.browser.resize(width, 844)
            self.report(runs)
            self.assertGreater(self.browser.run(height), 200)

    def test_wide_numbers_have_room_on_an_axis(self):
        for name, scale, label in (("large", 1e12, "2T"), ("small", 1e-4, "2e-4")):
            run = self.folder / f"loss-{name}"
            rows = make_run(run, samples=5)
            (run / "metrics.csv").write_text(METRICS + "".join(
                ",".join(map(str, [*row[:3], scale * (3 - i), *row[4:]])) + "\n" for i, row in enumerate(rows)))
            self.report([run])
            left, words = self.browser.run(
                "const texts = [...document.querySelectorAll('#plot-loss .axis text')]; return [Math.min(...texts.map((e) => e.getBoundingClientRect().left))"
                "- document.querySelector('#plot-loss svg').getBoundingClientRect().left, texts.map((e) => e.textContent)]")
            self.assertGreaterEqual(left, 0)
            self.assertIn(label, [word.replace("−", "-").replace(".0", "") for word in words])

    def test_can_be_used_in_high_contrast_and_with_large_fingers(self):
        self.report(self.seeds[:1])
        heights = self.browser.run("return [...document.querySelectorAll('.tools button, .table-tools button')].map((e) => e.getBoundingClientRect().height)")
        self.assertGreaterEqual(min(heights), 24)
        self.assertEqual(self.browser.run("return document.querySelector('output').ariaLive"), "off")
        self.assertIn("Escape", self.browser.run("return document.querySelector('#plot-plane svg').getAttribute('aria-label')"))
        outlines = ("return [true, false].map((checked) => [...new Set([...document.querySelectorAll('.segment input')]"
                    ".filter((e) => e.checked === checked).map((e) => getComputedStyle(e.nextSibling).outlineStyle))].join())")
        self.assertEqual(self.browser.run(outlines), ["none", "none"])
        self.browser.command("Emulation.setEmulatedMedia", features=[{"name": "forced-colors", "value": "active"}])
        chosen = self.browser.run(outlines)
        self.browser.command("Emulation.setEmulatedMedia", features=[])
        self.assertEqual(chosen, ["solid", "none"])

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
