// The numbers: phases, inversions, and where the runs come from.

const show = (value, format) => (isNumber(value) ? d3.format(format)(value) : "–");
const interval = (i, format) =>
  i === null ? "–" : isNumber(i.half_width) ? `${show(i.mean, format)} ± ${show(i.half_width, format)}` : show(i.mean, format);

/// A table with a button that saves it. `columns`: their names; `groups`: [name, columns] or "" for a column without one, or
/// nothing; `rows()`: what the view has. The first column names a row, and it and those up to `textColumns` are text.
function addTable(parent, name, label, columns, groups, rows, textColumns) {
  const scroll = d3.select(parent).append("div").attr("class", "scroll").attr("tabindex", "0").attr("role", "region").attr("aria-label", label);
  const table = scroll.append("table").attr("aria-label", label);
  const head = table.append("thead");
  if (groups.length > 0) {
    const tr = head.append("tr");
    for (const group of groups) {
      if (group === "") tr.append("td");
      else tr.append("th").attr("scope", "colgroup").attr("colspan", group[1]).text(group[0]);
    }
  }
  const isText = (_, i) => (i < textColumns ? "text" : null);
  head.append("tr").selectAll("th").data(columns).enter().append("th").attr("scope", "col").attr("class", isText).text((text) => text);
  const body = table.append("tbody");
  redraws.push((what) => {
    if (what !== "view") return;
    body.selectAll("*").remove();
    for (const row of rows()) {
      const tr = body.append("tr").attr("class", row.mean ? "mean" : null);
      row.cells.forEach((text, i) => {
        const cell = i === 0 ? tr.append("th").attr("scope", "row") : tr.append("td");
        cell.attr("class", isText(text, i)).text(text);
      });
    }
  });
  // A file has one line of names: there a group is part of them.
  const groupOf = groups.flatMap((group) => (group === "" ? "" : Array(group[1]).fill(`${group[0]} `)));
  const names = columns.map((column, i) => `${groupOf[i] ?? ""}${column}`);
  d3.select(parent).append("div").attr("class", "table-tools").append("button").attr("type", "button")
    .attr("aria-label", `Save ${label} as CSV`).text("CSV")
    .on("click", () => saveCsv(name, [names, ...rows().map((row) => row.cells)]));
}

function addPhases() {
  const { window: samples, min_drop_bits: drop } = data.rule;
  const section = d3.select("#section-phases");
  const rules = d3.max(runPaths, (path) => path.phases?.sensitivity.rules) ?? 0;
  section.append("div").attr("class", "prose").append("p").html(`<b>Rule.</b> I(X;T) is smoothed by a centred moving mean over
    ${samples} samples. If the path ends at least ${drop} bit below the largest mean, the <b>transition</b> is the highest sample of the first
    window that has it; else there is no compression and the transition is the end. The <b>convergence</b> point is the end. The slope is ΔI(T;Y) / ΔI(X;T) between
    the two. <b>Sensitivity</b>: the same under ${rules} rules, with windows of a third, one and three times as many samples, where
    these are others, and half, one and two times the drop. What moves with the rule is no property of the network.`);
  const rows = () => runPaths.filter((path) => path.phases && isTicked(path)).map(({ name, split, phases: p }) => ({
    cells: [name, split, show(p.transition.epoch, ".2f"), show(p.transition.i_xt_bits, ".3f"), show(p.transition.i_ty_bits, ".3f"),
      show(p.convergence.epoch, ".2f"), show(p.convergence.i_xt_bits, ".3f"), show(p.convergence.i_ty_bits, ".3f"), show(p.convergence.accuracy, ".4f"),
      p.compresses ? show(p.slope, ".3f") : "no compression",
      `${p.sensitivity.compressing} of ${p.sensitivity.rules}`,
      p.sensitivity.transition_epoch.map((e) => show(e, ".2f")).join(" to "),
      p.sensitivity.height_bits.map((e) => show(e, ".3f")).join(" to ")],
  }));
  const means = () => shownMeans().filter((path) => path.phases && isShown(path.split)).map(({ name, split, phases: p }) => ({
    mean: true,
    cells: [name, split, show(p.transition?.epoch, ".2f"), show(p.transition?.i_xt_bits, ".3f"), interval(p.height_bits, ".3f"),
      show(p.convergence.epoch, ".2f"), show(p.convergence.i_xt_bits, ".3f"), show(p.convergence.i_ty_bits, ".3f"), show(p.convergence.accuracy, ".4f"),
      interval(p.slope, ".3f"), `${p.compressing} of ${p.repeats} seeds`, "", ""],
  }));
  if (!runPaths.some((path) => path.phases)) {
    section.append("p").text("No run has a finite sample, so there are no phases to find.");
    return;
  }
  addTable("#section-phases", "phases", "phases",
    ["run", "split", "epoch", "I(X;T)", "I(T;Y)", "epoch", "I(X;T)", "I(T;Y)", "accuracy", "slope", "compressing", "epoch", "I(T;Y)"],
    ["", "", ["transition", 3], ["convergence", 4], "", ["sensitivity", 3]], () => [...rows(), ...means()], 2);
  section.append("p").attr("class", "prose").text(
    `Informations in bits, of the samples as they are.${meanPaths.length > 0 ? " Of the means over seeds, transition and slope are over those that compress. ±: half of the 95% interval, by Student's t." : ""}`);
}

function addInversionTable() {
  const rows = () => inverted().map(({ name, split, series: { inversions: c } }) => ({
    cells: [name, split, show(c.samples, ","), show(c.pairs, ","), show(c.inversions, ","), show(c.agreeing, ","), show(c.share, ".1%"),
      c.moved.repeats > 0 ? `${show(c.moved.low, ".1%")} to ${show(c.moved.high, ".1%")}` : "–",
      show(c.one_turn, ".1%"),
      c.dealt_out.repeats > 0 ? `${show(c.dealt_out.mean, ".1%")} (${show(c.dealt_out.low, ".1%")} to ${show(c.dealt_out.high, ".1%")})` : "–"],
  }));
  addTable("#section-inversions", "inversion-table", "inversions",
    ["run", "split", "samples", "pairs", "inversions", "agreeing", "share", "control: moved", "control: one turn", "control: dealt out"], [], rows, 2);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function addProvenance() {
  const section = d3.select("#section-provenance");
  data.runs.forEach((run, i) => {
    const p = run.provenance; // by whoever wrote run.json: any field may be of another type
    const details = section.append("details").property("open", i === 0);
    details.append("summary").text(`${runName(run)} · ${run.path}`);
    const list = details.append("dl");
    const add = (name, value, command = false) => {
      if ((typeof value !== "string" && !isNumber(value)) || value === "") return;
      list.append("dt").text(name);
      list.append("dd").append(command ? "code" : "span").attr("class", command ? "command" : null).text(value);
    };
    add("Run again", run.rerun, true);
    add("Command then", p.command, true);
    const listOf = (values) => values.filter((value) => typeof value === "string" && value !== "");
    add("Status", listOf([p.status, p.reason]).join(": "));
    add("Time", listOf([p.started, p.ended]).join(" to "));
    const resumed = (entry) => isObject(entry)  // once a time alone
      ? listOf([entry.time, entry.version && `infoplane ${entry.version}`, entry.commit && `commit ${entry.commit}`,
        entry.host, isObject(entry.device) && entry.device.name, entry.instructions]).join(", ") : entry;
    add("Resumed", Array.isArray(p.resumed) ? listOf(p.resumed.map(resumed)).join("; ") : "");
    add("infoplane", listOf([p.version, p.commit]).join(", commit "));
    add("Host", p.host);
    add("Device", isObject(p.device) ? `${p.device.name} (${p.device.kind})` : "");
    add("Instructions", p.instructions);
    add("Libraries", isObject(p.libraries) ? Object.entries(p.libraries).map(([name, version]) => `${name} ${version}`).join(", ") : "");
    add("Precision", p.precision);
    add("Determinism", p.determinism);
    if (isObject(p.data)) {
      add("Data", `${p.data.name}: ${show(p.data.train, ",")} training and ${show(p.data.validation, ",")} validation rows, ${p.data.classes} classes`);
      add("Data SHA-256", p.data.sha256, true);
    }
    if (run.config !== "") {
      const config = details.append("details");
      config.append("summary").text("config.toml");
      config.append("pre").text(run.config);
    }
  });
}
