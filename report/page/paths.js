// The data, and its paths: whatever is drawn as one line, a run's split or the mean of seeds.

const data = JSON.parse(document.getElementById("data").textContent);

const quantities = {
  loss_nats: { name: "Loss", unit: "nats", format: d3.format(".4f") },
  accuracy: { name: "Accuracy", unit: "", format: d3.format(".4f") },
  i_xt_bits: { name: "I(X;T)", unit: "bits", format: d3.format(".3f") },
  i_ty_bits: { name: "I(T;Y)", unit: "bits", format: d3.format(".3f") },
};
const quantityKeys = Object.keys(quantities);

/// A column of the data may be one number where all its values are the same.
const cell = (column, i) => (Array.isArray(column) ? column[i] : column);

const isNumber = (value) => typeof value === "number";

/// What the labels of all configurations begin with, up to a comma: legends and rows leave it out.
const commonPart = (() => {
  const parts = data.groups.map((group) => group.label.split(", "));
  let same = 0;
  while (parts.length > 1 && parts.every((p) => same < p.length - 1 && p[same] === parts[0][same])) ++same;
  return parts[0].slice(0, same).map((part) => `${part}, `).join("");
})();
const withoutCommon = (name) => (name.startsWith(commonPart) ? name.slice(commonPart.length) : name);

function runName(run) {
  const several = data.groups.length > 1;
  const group = data.groups[run.group];
  const label = several || run.seed === null ? group.label : "";
  const isRepeated = group.runs.some((other) => data.runs[other] !== run && data.runs[other].seed === run.seed);
  const seed = run.seed === null ? "" : `seed ${run.seed}${isRepeated ? ` (${run.path})` : ""}`;
  return [label, seed].filter((part) => part !== "").join(", ") || run.path;
}

function runPath(run, index, series) {
  return {
    id: `${index}.${series.split}`,
    run: index,
    group: run.group,
    split: series.split,
    name: runName(run),
    step: series.step,
    epoch: series.epoch,
    raw: series,
    smooth: series.smooth,
    half: null,
    smoothHalf: null,
    phases: series.phases,
    series,
  };
}

function meanPath(group, index, seeds) {
  const column = (of, part) =>
    Object.fromEntries(quantityKeys.map((key) => [key, of[key][part]]));
  return {
    id: `mean${index}.${seeds.split}`,
    run: null,
    group: index,
    split: seeds.split,
    name: `${data.groups.length > 1 ? group.label + ", " : ""}mean of ${seeds.repeats} seeds`,
    step: seeds.step,
    epoch: seeds.epoch,
    raw: column(seeds, "mean"),
    smooth: column(seeds.smooth, "mean"),
    half: column(seeds, "half_width"),
    smoothHalf: column(seeds.smooth, "half_width"),
    phases: seeds.phases,
    series: null,
  };
}

/// As analysis/interval.h has it, with nulls for what is no number.
function meanInterval(values) {
  const count = values.length;
  if (count === 0 || !values.every(isNumber)) return { mean: null, half_width: null };
  const half = count > 1 ? (data.student_t_975[count - 2] * d3.deviation(values)) / Math.sqrt(count) : null;
  return { mean: rounded(d3.mean(values)), half_width: half === null ? null : rounded(half) };
}
const rounded = (value) => Number(value.toFixed(5));

/// The mean over some seeds of a configuration, as report/trace_json.h has it over all.
function meanOver(paths, group) {
  const places = paths.map((path) => new Map(path.step.map((step, i) => [step, i])));
  const kept = d3.range(paths[0].step.length).filter((i) => places.every((place) => place.has(paths[0].step[i])));
  const step = kept.map((i) => paths[0].step[i]);
  const curve = (columnOf) => {
    const each = step.map((s) => meanInterval(paths.map((path, k) => columnOf(path)[places[k].get(s)])));
    return { mean: each.map((e) => e.mean), half_width: each.map((e) => e.half_width) };
  };
  const curves = (columnsOf) => Object.fromEntries(quantityKeys.map((key) => [key, curve((path) => columnsOf(path)[key])]));
  return meanPath(data.groups[group], group, {
    split: paths[0].split, repeats: paths.length, step, epoch: kept.map((i) => paths[0].epoch[i]),
    ...curves((path) => path.raw), smooth: curves((path) => path.smooth),
    phases: phasesOver(paths.map((path) => path.phases).filter((phases) => phases)),
  });
}

/// As report/findings_json.h has it.
function phasesOver(phases) {
  if (phases.length === 0) return null;
  const compressing = phases.filter((p) => p.compresses);
  const point = (points) => (points.length === 0 ? null :
    Object.fromEntries(Object.keys(points[0]).map((key) => [key, d3.mean(points, (p) => p[key])])));
  return {
    compressing: compressing.length,
    repeats: phases.length,
    transition: point(compressing.map((p) => p.transition)),
    convergence: point(phases.map((p) => p.convergence)),
    height_bits: compressing.length === 0 ? null : meanInterval(compressing.map((p) => p.transition.i_ty_bits)),
    slope: compressing.length === 0 ? null : meanInterval(compressing.map((p) => p.slope)),
  };
}

const runPaths = data.runs.flatMap((run, i) => run.splits.map((s) => runPath(run, i, s)));
const meanPaths = data.groups.flatMap((g, i) => g.splits.map((s) => meanPath(g, i, s)));
const allPaths = [...runPaths, ...meanPaths];
const pathById = new Map(allPaths.map((path) => [path.id, path]));

const splits = ["validation", "train"].filter((s) => runPaths.some((path) => path.split === s));
runPaths.forEach((path) => splits.includes(path.split) || splits.push(path.split));

/// What a split looks like: 0 validation, 1 train, from 2 on others. One alone needs no look of its own.
function splitNumber(split) {
  const known = ["validation", "train"];
  if (splits.length === 1) return 0;
  return known.includes(split) ? known.indexOf(split) : 2 + splits.filter((s) => !known.includes(s)).indexOf(split);
}

/// Every epoch at which some run has a sample: where the slider stops.
const frames = [...new Set(allPaths.flatMap((path) => path.epoch.filter(isNumber)))].sort(d3.ascending);
if (frames.length === 0) frames.push(0);
const lastEpoch = frames[frames.length - 1];

/// How many samples of a path lie at or before an epoch.
function samplesUntil(path, epoch) {
  let count = path.epoch.length;
  while (count > 0 && !(path.epoch[count - 1] <= epoch)) --count;
  return count;
}
