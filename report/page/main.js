// The page: heading, controls, readout, and the first drawing.

const counted = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

function addHeader() {
  d3.select("h1").text(data.title);
  const samples = d3.extent(runPaths, (path) => path.step.length);
  const rows = [...new Set(runPaths.map((path) => cell(path.series.n, path.step.length - 1)).filter(isNumber))].map((n) => d3.format(",")(n));
  d3.select("#summary").text(
    `T is the tuple of the binned softmax output; a run is a path on the plane of I(X;T) and I(T;Y). ` +
    (samples[0] === undefined ? "There are no samples." :
      `${samples[0] === samples[1] ? counted(samples[0], "sample") : `${samples.join(" to ")} samples`} a run and split, each over ${rows.join(" or ")} rows, up to epoch ${d3.format("~g")(Number(lastEpoch.toFixed(2)))}.`));
  const notes = [];
  for (const group of data.groups) {
    notes.push(...group.notes.map((note) => (data.groups.length > 1 ? `${group.label}: ${note}` : note)));
  }
  const [things, count] = data.groups.length > 1 ? ["configurations, but colours and shapes", data.groups.length] : ["runs, but colours", data.runs.length];
  if (count > 2 * styles) {
    notes.push(`There are ${count} ${things} for ${2 * styles}: from the ${2 * styles + 1}th on they repeat. Untick runs or report fewer.`);
  }
  addNotes(notes);
  d3.select("footer").text(`Written by infoplane ${data.version} (${data.commit}). Numbers are rounded for display; metrics.csv and per_class.csv in the run's folder have them in full. Drawn with D3 5 (© Mike Bostock, BSD licence).`);
}

/// The notes of single runs, those of several once with their names, then the others.
function addNotes(others) {
  const list = d3.select("#notes");
  const runsOf = new Map();
  data.runs.forEach((run) => [...new Set(run.notes)].forEach((note) => runsOf.set(note, [...(runsOf.get(note) ?? []), runName(run)])));
  for (const [note, runs] of runsOf) {
    const item = list.append("li");
    if (runs.length === 1) {
      item.text(data.runs.length > 1 ? `${runs[0]}: ${note}` : note);
    } else {
      const details = item.append("details");
      details.append("summary").text(`${runs.length} runs: ${note}`);
      details.append("span").text(runs.join("; "));
    }
  }
  others.forEach((note) => list.append("li").text(note));
}

function addSegment(name, key, labels) {
  const set = d3.select("#toggles").append("fieldset");
  set.append("legend").text(name);
  const segment = set.append("span").attr("class", "segment");
  for (const choice of choices[key]) {
    const label = segment.append("label");
    label.append("input").attr("type", "radio").attr("name", key).attr("value", choice).on("change", () => setState({ [key]: choice }));
    label.append("span").text(labels[choice]);
  }
  redraws.push((what) => what === "view" && set.selectAll("input").property("checked", function () { return this.value === state[key]; }));
}

function addChecks(name, items, isOn, toggle) {
  const set = d3.select("#toggles").append("fieldset");
  set.append("legend").text(name);
  const labels = set.selectAll("label").data(items).enter().append("label").attr("class", "check");
  labels.append("input").attr("type", "checkbox").on("change", toggle);
  const swatches = labels.filter((item) => item.colour).append("span").attr("class", "swatch").style("background", (item) => item.colour);
  labels.append("span").text((item) => item.text);
  redraws.push((what) => {
    if (what !== "view") return;
    labels.select("input").property("checked", isOn);
    swatches.style("display", (item) => (item.isColoured() ? null : "none"));
  });
}

function addToggles() {
  if (splits.length > 1) {
    addChecks("Splits", splits.map((split) => ({ split, text: split })), ({ split }) => isShown(split), ({ split }) =>
      setState({ splits: (splits.filter((s) => isShown(s) !== (s === split)).map(encodeURIComponent).join(" ")) || encodeURIComponent(split) }));
  }
  addSegment("Values", "values", { raw: "raw", smoothed: `smoothed (${data.display_window})` });
  if (meanPaths.length > 0) addSegment("Seeds", "seeds", { mean: "mean and 95%", each: "each" });
  addSegment("Steps", "x", { log: "log", linear: "linear" });
  addSegment("Plane", "plane", { whole: "whole", close: "close-up" });
  if (data.runs.length > 1) {
    const several = data.groups.length > 1;
    const isColoured = () => several || visiblePaths().some(isOfSeed);
    const items = data.runs.map((run, i) => ({ i, text: runName(run), colour: groupColour(several ? run.group : i), isColoured }));
    addChecks("Runs", items, ({ i }) => !isHidden(i), ({ i }) =>
      setState({ hide: data.runs.map((_, k) => k).filter((k) => isHidden(k) !== (k === i)).join(" ") }));
  }
}

let playing = null;

function stopPlaying() {
  if (playing !== null) cancelAnimationFrame(playing);
  playing = null;
  d3.select("#play").text("▶").attr("aria-label", "Play the epochs");
}

/// The whole run in eight seconds, in even steps of samples: fitting is over within a few.
function play() {
  if (playing !== null) {
    stopPlaying();
    return;
  }
  const length = 8000;
  const at = d3.bisectLeft(frames, shownEpoch());
  const from = at >= frames.length - 1 ? 0 : at;
  const start = performance.now() - (length * from) / frames.length;
  d3.select("#play").text("❚❚").attr("aria-label", "Pause");
  const step = (now) => {
    const frame = Math.floor(((now - start) / length) * frames.length);
    if (frame >= frames.length - 1) {
      showFrame(frames.length - 1);
      stopPlaying();
      return;
    }
    showFrame(Math.max(frame, 0));
    playing = requestAnimationFrame(step);
  };
  playing = requestAnimationFrame(step);
}

const showFrame = (i) => setState({ epoch: i >= frames.length - 1 ? null : frames[i] });

function addTime() {
  d3.select("#play").on("click", play);
  d3.select("#slider").attr("max", frames.length - 1).on("input", function () {
    stopPlaying();
    showFrame(Number(this.value));
  });
  redraws.push((what) => {
    if (what === "cursor") return;
    const epoch = shownEpoch();
    const i = Math.max(d3.bisectRight(frames, epoch) - 1, 0);
    const step = d3.max(visiblePaths(), (path) => path.step[samplesUntil(path, epoch) - 1] ?? 0) ?? 0;
    d3.select("#slider").property("value", i).attr("aria-valuetext", `epoch ${epoch.toFixed(2)}`);
    d3.select("#epoch").html(`epoch <b>${epoch.toFixed(2)}</b><span class="steps"> · step <b>${d3.format(",")(step)}</b></span>`);
  });
}

function addReadout() {
  const readout = d3.select("#readout");
  const itemsAt = ({ path, i }) => {
    const items = [];
    const add = (name, value) => items.push([name, value]);
    add(path.split, path.name);
    add("step", d3.format(",")(path.step[i]));
    add("epoch", `${show(path.epoch[i], ".2f")}${isLater({ path, i }) ? " (later than shown)" : ""}`);
    for (const key of quantityKeys) {
      const { name, unit, format } = quantities[key];
      const value = values(path, key)[i];
      const half = halfWidths(path, key)?.[i];
      add(name, isNumber(value) ? `${format(value)}${isNumber(half) ? ` ± ${format(half)}` : ""}${unit && ` ${unit}`}` : "no number");
    }
    if (path.series) {
      const { symbols, singletons, n, rejected } = path.series;
      if (cell(symbols, i) > 0) add("symbols", `${d3.format(",")(cell(symbols, i))}, ${d3.format(",")(cell(singletons, i))} seen once`);
      add("N", d3.format(",")(cell(n, i)));
      if (cell(rejected, i) > 0) add("rejected", d3.format(",")(cell(rejected, i)));
    }
    return items;
  };
  let shown = null;
  redraws.push(() => {
    const items = cursor ? itemsAt(cursor) : [];
    if (String(items) === shown) return; // else it would be read out again
    shown = String(items);
    readout.selectAll("*").remove();
    if (!cursor) {
      readout.append("span").attr("class", "hint").text("Point at a sample, or focus a plot and use the arrow keys; a click keeps it.");
    }
    for (const [name, value] of items) readout.append("span").text(`${name} `).append("b").text(value);
  });
}

function redrawAll() {
  changed("view");
}

addHeader();
addTime();
addToggles();
addReadout();
addPlane();
addCurves();
addPhases();
addInversions();
addClasses();
addLayers();
readHash();
redrawAll();
addProvenance();

addEventListener("hashchange", () => {
  readHash();
  redrawAll();
});
let drawnWidth = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === drawnWidth) return; // a phone's bars come and go
  drawnWidth = innerWidth;
  requestAnimationFrame(redrawAll);
});
darkScreen.addEventListener("change", redrawAll);
for (const [event, paper] of [["beforeprint", true], ["afterprint", false]]) {
  addEventListener(event, () => {
    onPaper = paper;
    redrawAll();
  });
}
document.documentElement.dataset.drawnMs = (performance.now() - began).toFixed(0);
