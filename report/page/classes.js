// Every class against the rest, re-weighted so that H(Y) is one bit.

const mostClassRows = 40;

const hasClasses = (path) => path.series.classes !== null;

/// The chosen run's split; where that is unticked the first that is not, with classes if one has any.
function chosenPath() {
  const ticked = runPaths.filter(isTicked);
  return ticked.find((path) => path.id === state.series) ?? ticked.find(hasClasses) ?? ticked[0];
}
const chosenClasses = () => chosenPath()?.series.classes ?? null;
const isThereClass = (name) => (chosenClasses()?.classes ?? []).some((c) => String(c.class) === name);
function className(path, index) {
  const name = data.runs[path.run].provenance.data?.class_names?.[index];
  return typeof name === "string" ? name : String(index);
}
/// I(X;T) / H(X) of a class at a sample, or null where one of them is unknown.
const shareOfHx = (c, i) => {
  const whole = cell(c.h_x_bits, i);
  return isNumber(c.i_xt_bits[i]) && isNumber(whole) && whole > 0 ? c.i_xt_bits[i] / whole : null;
};

/// The place among the kept samples of the last one that the epoch reaches.
function classSample() {
  const path = chosenPath();
  const classes = chosenClasses();
  const count = samplesUntil(path, shownEpoch());
  const step = count > 0 ? path.step[count - 1] : 0;
  return Math.max(d3.bisectRight(classes.step, step) - 1, 0);
}

/// All classes, or, of very many, the chosen one and those with the least accuracy, unknown ones last.
function shownClasses(at) {
  const all = chosenClasses().classes;
  if (all.length <= mostClassRows) return all;
  const sorted = [...all].sort((a, b) => d3.ascending(a.accuracy[at] ?? Infinity, b.accuracy[at] ?? Infinity));
  return sorted.filter((c, k) => k < mostClassRows || String(c.class) === state.class);
}

function drawClassBars(plot, width) {
  const { svg } = plot;
  const path = chosenPath();
  const at = classSample();
  const classes = shownClasses(at);
  const name = (c) => className(path, c.class);
  const names = Math.min(d3.max(classes, (c) => textWidth(name(c))), 0.26 * width) + 12;
  const rowHeight = classes.length > 20 ? 17 : 23;
  const top = 42;
  const gap = 36; // a number beside the longest bar
  const box = frame(plot, width, top + classes.length * rowHeight + 24, { left: names, right: gap, top, bottom: 22 });
  fitText(svg.append("text").attr("class", "label").attr("y", 13),
    `At step ${d3.format(",")(chosenClasses().step[at])} of ${pathLabel(path)}`, width - toolsWidth, 14);
  const columnWidth = (box.right - box.left - 2 * gap) / 3;
  const columns = [
    { title: "I(X;T) / H(X)", most: 1, value: (c) => shareOfHx(c, at), format: ".2f", colour: 0 },
    { title: "I(T;Y) [bits]", most: 1, value: (c) => c.i_ty_bits[at], format: ".3f", colour: 1 },
    { title: "accuracy", most: 1, value: (c) => c.accuracy[at], format: ".3f", colour: 2 },
  ];
  classes.forEach((c, k) => {
    const y = top + (k + 0.5) * rowHeight;
    const label = svg.append("text").attr("x", box.left - 8).attr("y", y).attr("dy", "0.34em").attr("text-anchor", "end")
      .attr("class", String(c.class) === state.class ? "chosen" : null);
    fitText(label, name(c), names - 12);
  });
  columns.forEach((column, j) => {
    const left = box.left + j * (columnWidth + gap);
    const x = d3.scaleLinear([0, column.most], [left, left + columnWidth]);
    svg.append("text").attr("class", "soft").attr("x", left).attr("y", top - 9).attr("font-weight", 600).text(column.title);
    svg.append("g").attr("class", "grid").attr("transform", `translate(0,${box.bottom})`).call(d3.axisBottom(x).ticks(2).tickSize(top - box.bottom).tickFormat(""));
    svg.append("g").attr("class", "axis").attr("transform", `translate(0,${box.bottom})`).call(d3.axisBottom(x).ticks(2).tickSizeOuter(0).tickSize(3));
    classes.forEach((c, k) => {
      const value = column.value(c);
      if (!isNumber(value)) return;
      const y = top + k * rowHeight;
      const faded = state.class !== "" && state.class !== String(c.class);
      svg.append("rect").attr("class", "bar").attr("x", left).attr("y", y + 3).attr("height", rowHeight - 6)
        .attr("width", Math.max(x(Math.max(value, 0)) - left, 0.5)).attr("fill", `var(--series-${column.colour})`).attr("opacity", faded ? 0.3 : 0.78);
      svg.append("text").attr("class", "value").attr("font-size", 11).attr("x", x(Math.max(value, 0)) + 4).attr("y", y + rowHeight / 2).attr("dy", "0.34em")
        .text(d3.format(column.format)(value));
    });
  });
  classes.forEach((c, k) => {
    svg.append("rect").attr("class", "hit").attr("x", 0).attr("width", width).attr("y", top + k * rowHeight).attr("height", rowHeight)
      .on("click", () => chooseClass(String(c.class) === state.class ? "" : String(c.class)))
      .append("title").text(`${name(c)}: ${show(cell(c.n, at), ",")} images`);
  });
}

function chooseClass(name) {
  setState({ class: name });
}

function drawClassPaths(plot, width) {
  const { svg } = plot;
  const path = chosenPath();
  const { step, classes } = chosenClasses();
  const last = classSample();
  const ofClass = state.class === "" ? "" : `class ${className(path, Number(state.class))} of `;
  fitText(svg.append("text").attr("class", "label").attr("y", 13), `I(T;Y) [bits], ${ofClass}${pathLabel(path)}`, width - toolsWidth, 14);
  const shown = shownClasses(last);
  const box = frame(plot, width, Math.max(Math.min(Math.round(0.62 * width), 420), 280), { left: 38, right: 12, top: 26, bottom: 42 });
  const drawable = (c, i) => isNumber(c.i_xt_bits[i]) && isNumber(c.i_ty_bits[i]);
  const xs = classes.flatMap((c) => c.i_xt_bits.filter(isNumber));
  const ys = classes.flatMap((c) => c.i_ty_bits.filter(isNumber));
  const x = d3.scaleLinear([0, 1.06 * (d3.max(xs) || 1)], [box.left, box.right]);
  const y = d3.scaleLinear([Math.min(0, d3.min(ys) ?? 0), Math.max(1.05, d3.max(ys) ?? 1)], [box.bottom, box.top]);
  axes(svg, box, x, y, { xTicks: Math.max(Math.floor(width / 80), 4), yTicks: 5 });
  svg.append("line").attr("class", "bound").attr("x1", box.left).attr("x2", box.right).attr("y1", y(1)).attr("y2", y(1));
  svg.append("text").attr("class", "soft halo").attr("x", box.left + 6).attr("y", y(1) + 15).text("H(Y) = 1 bit");
  svg.append("text").attr("class", "label").attr("x", (box.left + box.right) / 2).attr("y", box.height - 4).attr("text-anchor", "middle").text("I(X;T) [bits]");
  const epochOf = (i) => path.epoch[d3.bisectLeft(path.step, step[i])] ?? lastEpoch;
  const line = (c) => d3.line().defined((i) => drawable(c, i)).x((i) => x(c.i_xt_bits[i]).toFixed(1)).y((i) => y(c.i_ty_bits[i]).toFixed(1));
  const isColoured = (c) => state.class === "" || String(c.class) === state.class;
  for (const c of shown.filter((other) => !isColoured(other))) {
    svg.append("path").attr("class", "raw").attr("d", line(c)(d3.range(last + 1)));
  }
  epochLines(svg, shown.filter(isColoured).map((c) => ({
    count: last + 1, epoch: epochOf,
    at: (i) => (drawable(c, i) ? [x(c.i_xt_bits[i]), y(c.i_ty_bits[i])] : null),
  })), state.class === "" ? 1.1 : 2.4);
  const ends = shown.filter((c) => drawable(c, last));
  placeLabels(ends.map((c) => ({ x: x(c.i_xt_bits[last]), y: y(c.i_ty_bits[last]), text: className(path, c.class), chosen: String(c.class) === state.class, id: c.class })), box, svg)
    .forEach((label) => {
      svg.append("circle").attr("r", label.chosen ? 5 : 3.6).attr("cx", label.x).attr("cy", label.y).attr("fill", epochColour(shownEpoch()));
      if (label.show) {
        svg.append("text").attr("class", `halo ${label.chosen ? "chosen" : "soft"}`).attr("x", label.textX).attr("y", label.textY).attr("dy", "0.34em").attr("text-anchor", label.anchor).text(label.text);
      }
      svg.append("circle").attr("class", "hit").attr("r", 10).attr("cx", label.x).attr("cy", label.y)
        .on("click", () => chooseClass(label.chosen ? "" : String(label.id))).append("title").text(label.text);
    });
}

/// Puts each label near its point where no point, no earlier label, no name of a bound and no title
/// is, above and below first; leaves out those without a place.
function placeLabels(labels, box, svg) {
  const bounds = svg.selectAll("text.halo").nodes().map((text) => text.getBBox());
  const taken = [...labels.map((l) => ({ left: l.x - 4, right: l.x + 4, top: l.y - 4, bottom: l.y + 4 })),
    ...bounds.map((b) => ({ left: b.x, right: b.x + b.width, top: b.y, bottom: b.y + b.height }))];
  const free = (r) => r.left >= box.left && r.right <= box.width && r.top >= box.top - 8 && r.bottom <= box.bottom &&
    taken.every((t) => r.right < t.left || r.left > t.right || r.bottom < t.top || r.top > t.bottom);
  const byChoice = [...labels].sort((a, b) => b.chosen - a.chosen);
  for (const label of byChoice) {
    const w = textWidth(label.text, 12) + 2;
    const candidates = [];
    for (const distance of [9, 20, 32]) {
      candidates.push({ dx: 0, dy: -distance - 4, anchor: "middle" }, { dx: 0, dy: distance + 4, anchor: "middle" },
        { dx: -distance, dy: 0, anchor: "end" }, { dx: distance, dy: 0, anchor: "start" },
        { dx: distance, dy: distance, anchor: "start" }, { dx: -distance, dy: distance, anchor: "end" },
        { dx: distance, dy: -distance, anchor: "start" }, { dx: -distance, dy: -distance, anchor: "end" });
    }
    const rect = ({ dx, dy, anchor }) => {
      const left = label.x + dx - (anchor === "end" ? w : anchor === "middle" ? w / 2 : 0);
      return { left, right: left + w, top: label.y + dy - 7, bottom: label.y + dy + 7 };
    };
    const place = candidates.find((candidate) => free(rect(candidate)));
    label.show = place !== undefined;
    if (place) {
      taken.push(rect(place));
      Object.assign(label, { textX: label.x + place.dx, textY: label.y + place.dy, anchor: place.anchor });
    }
  }
  return labels;
}

function classRows() {
  const path = chosenPath();
  const { step, classes } = chosenClasses();
  const rows = [["run", "split", "step", "class", "name", "n", "h_x_bits", "i_xt_bits", "i_ty_bits", "accuracy"]];
  step.forEach((s, i) => classes.forEach((c) =>
    rows.push([data.runs[path.run].path, path.split, s, c.class, className(path, c.class), cell(c.n, i), cell(c.h_x_bits, i), c.i_xt_bits[i], c.i_ty_bits[i], c.accuracy[i]])));
  return rows;
}

function addSelect(parent, name, choose) {
  const label = d3.select(parent).append("label").attr("class", "choice").text(`${name}: `);
  return label.append("select").on("change", function () { choose(this.value); });
}

/// A choice among the classes of the chosen run.
function addClassSelect(parent) {
  const select = addSelect(parent, "Class", chooseClass);
  redraws.push((what) => {
    if (what !== "view") return;
    const path = chosenPath();
    const options = [["", "all"], ...(chosenClasses()?.classes ?? []).map((c) => [String(c.class), className(path, c.class)])];
    select.selectAll("option").remove();
    select.selectAll("option").data(options).enter().append("option").attr("value", ([id]) => id).text(([, name]) => name);
    select.property("value", state.class);
  });
}

/// A choice among the ticked runs that have something for a section, which shows `shown()`.
function addSeriesSelect(parent, has, shown) {
  if (runPaths.filter(has).length < 2) return;
  const select = addSelect(parent, "Run", (series) => setState({ series, class: "" }));
  redraws.push((what) => {
    if (what !== "view") return;
    select.selectAll("option").remove();
    select.selectAll("option").data(runPaths.filter((path) => isTicked(path) && has(path))).enter()
      .append("option").attr("value", (p) => p.id).text((p) => `${p.name}, ${p.split}`);
    select.property("value", shown()?.id ?? "");
  });
}

function addClasses() {
  const section = d3.select("#section-classes");
  if (!runPaths.some(hasClasses)) {
    section.select(".prose").text("No run has a per_class.csv with rows, so nothing is known of single classes.");
    section.select(".pair").remove();
    return;
  }
  section.select(".prose").html(`<p>One class against the rest, weighted so that each side has one half: H(Y) is one bit,
    and I(X;T) is divided by the H(X) of that weighting. Choose a class, here, by its bar or by the end of its path, to follow it alone.</p>`);
  addSeriesSelect("#section-classes .prose", hasClasses, chosenPath);
  addClassSelect("#section-classes .prose");
  const missing = section.insert("p", ".pair").style("display", "none");
  const bars = addPlot("#section-classes .pair", { name: "classes", label: "Single classes", draw: drawClassBars, rows: classRows });
  const paths = addPlot("#section-classes .pair", { name: "class-paths", label: "Paths of single classes", draw: drawClassPaths, rows: classRows });
  const kept = section.append("p").attr("class", "prose");
  redraws.push((what) => {
    if (what === "cursor") return;
    const there = chosenClasses() !== null;
    missing.style("display", there ? "none" : null)
      .text(chosenPath() ? "This run has no per_class.csv." : "Nothing is selected.");
    section.select(".pair").style("display", there ? null : "none");
    kept.text("");
    if (!there) return;
    drawPlot(bars);
    drawPlot(paths);
    const { step, classes } = chosenClasses();
    const notes = [];
    if (step.length < chosenPath().step.length) notes.push(`Drawn from ${step.length} of ${chosenPath().step.length} samples; per_class.csv has all.`);
    if (classes.length > mostClassRows) notes.push(`The ${mostClassRows} classes of least accuracy; the CSV has all ${classes.length}.`);
    kept.text(notes.join(" "));
  });
}
