// What is shown. It lives in the URL's hash, where only what differs from the defaults stands, so
// that a view can be sent as a link.

const choices = {
  values: ["raw", "smoothed"],
  seeds: ["mean", "each"],
  x: ["log", "linear"],
  plane: ["whole", "close"],
};

const defaults = {
  epoch: null, // null: the end
  splits: splits.map(encodeURIComponent).join(" "),  // a name may have blanks
  values: "raw",
  seeds: meanPaths.length > 0 ? "mean" : "each",
  x: "log",
  plane: "whole",
  hide: "", // runs, by their places
  at: "", // the sample pointed at: path, colon, step
  series: (runPaths.find((path) => path.series.classes !== null) ?? runPaths[0])?.id ?? "", // of the panels that show one run
  class: "",
};
const state = { ...defaults };

/// The place of the chosen sample, or null.
let cursor = null; // {path, i}
let cursorIsPinned = false;

const redraws = []; // functions of what changed: "view", "epoch" or "cursor"
const changed = (what) => redraws.forEach((redraw) => redraw(what));

let hashTimer = 0;
let hashWritten = -Infinity;

const shownEpoch = () => (state.epoch === null ? lastEpoch : state.epoch);
const isShown = (split) => state.splits.split(" ").includes(encodeURIComponent(split));
/// Whether a place {path, i} lies after what is shown.
const isLater = ({ path, i }) => path.epoch[i] > shownEpoch();
const isHidden = (run) => state.hide.split(" ").includes(String(run));
/// Of a run's path.
const isTicked = (path) => isShown(path.split) && !isHidden(path.run);

const meansOfSome = new Map(); // by split and runs: a path stays the same object

/// The means over the ticked seeds that have samples, of configurations with two of them or more.
function shownMeans() {
  return meanPaths.flatMap((all) => {
    const group = data.groups[all.group];
    const ticked = group.runs.filter((run) => !isHidden(run));
    const seeds = ticked.filter((run, i) => ticked.findIndex((other) => data.runs[other].seed === data.runs[run].seed) === i);
    const paths = seeds.map((run) => pathById.get(`${run}.${all.split}`)).filter((path) => path && path.step.length > 0);
    if (paths.length < 2) return [];
    if (String(seeds) === String(group.seeds)) return [all];
    const key = `${all.split} ${seeds}`;
    if (!meansOfSome.has(key)) {
      meansOfSome.set(key, meanOver(paths, all.group));
    }
    return [meansOfSome.get(key)];
  });
}

function visiblePaths() {
  const means = state.seeds === "mean" ? shownMeans() : [];
  const averaged = new Set(means.map((path) => `${path.group} ${path.split}`));
  return [...runPaths.filter((path) => !averaged.has(`${path.group} ${path.split}`) && !isHidden(path.run)), ...means]
    .filter((path) => isShown(path.split))
    .sort((a, b) => a.group - b.group || splits.indexOf(a.split) - splits.indexOf(b.split));
}

const values = (path, quantity) => (state.values === "smoothed" ? path.smooth : path.raw)[quantity];
const halfWidths = (path, quantity) => {
  const half = state.values === "smoothed" ? path.smoothHalf : path.half;
  return half && half[quantity];
};

/// The view into the address; not at once where it changes faster than browsers let an address
/// change, some hundred times in half a minute.
function writeHash() {
  const pause = 200;  // ms
  clearTimeout(hashTimer);
  const wait = hashWritten + pause - performance.now();
  if (wait > 0) {
    hashTimer = setTimeout(writeHash, wait);
    return;
  }
  hashWritten = performance.now();
  const view = new URLSearchParams();
  for (const key of Object.keys(defaults)) {
    if (state[key] !== defaults[key]) view.set(key, state[key]);
  }
  const hash = view.toString();
  try {
    history.replaceState(null, "", hash === "" ? location.pathname + location.search : `#${hash}`);
  } catch {
    // A page in a frame's srcdoc has no address of its own.
  }
}

/// Takes what the hash says and is possible; the rest stays at its default.
function readHash() {
  const view = new URLSearchParams(location.hash.slice(1));
  Object.assign(state, defaults);
  for (const [key, allowed] of Object.entries(choices)) {
    if (allowed.includes(view.get(key))) state[key] = view.get(key);
  }
  const epoch = Number.parseFloat(view.get("epoch"));
  if (epoch >= 0 && epoch < lastEpoch) state.epoch = epoch;
  const named = (key, known) =>
    (view.get(key) ?? "").split(" ").filter((name) => known.includes(name)).join(" ");
  const shownSplits = named("splits", splits.map(encodeURIComponent));
  if (shownSplits !== "") state.splits = shownSplits;
  state.hide = named("hide", data.runs.map((_, i) => String(i)));
  if (runPaths.some((path) => path.id === view.get("series"))) state.series = view.get("series");
  state.class = isThereClass(view.get("class")) ? view.get("class") : "";
  const [id, step] = (view.get("at") ?? "").split(":");
  const path = visiblePaths().find((visible) => visible.id === id);
  const i = path ? path.step.indexOf(Number(step)) : -1;
  cursor = i < 0 ? null : { path, i };
  cursorIsPinned = cursor !== null;
  state.at = cursor ? `${id}:${step}` : "";
}

/// Changes the view and tells everyone.
function setState(change) {
  Object.assign(state, change);
  if (cursor && !visiblePaths().includes(cursor.path)) placeCursor(null);
  if (state.class !== "" && !isThereClass(state.class)) state.class = "";
  changed("epoch" in change && Object.keys(change).length === 1 ? "epoch" : "view");
  writeHash();
}

/// Points at a sample. A pinned one stays when the pointer leaves, and is part of the view.
function placeCursor(place, pin = false) {
  cursor = place;
  cursorIsPinned = place !== null && pin;
  const at = cursorIsPinned ? `${place.path.id}:${place.path.step[place.i]}` : "";
  const isChanged = at !== state.at;
  state.at = at;
  changed("cursor");
  if (isChanged) writeHash();
}

/// Moves by samples along the path, or, with `paths`, to the same step of another one.
function moveCursor(samples, paths = 0) {
  const visible = visiblePaths().filter((path) => path.step.length > 0);
  if (visible.length === 0) return;
  if (!cursor || !visible.includes(cursor.path)) {
    placeCursor({ path: visible[0], i: Math.max(samplesUntil(visible[0], shownEpoch()) - 1, 0) }, true);
    return;
  }
  const place = (visible.indexOf(cursor.path) + paths + visible.length) % visible.length;
  const path = visible[place];
  const i = paths === 0
    ? cursor.i + samples
    : d3.bisectLeft(path.step, cursor.path.step[cursor.i]);
  placeCursor({ path, i: Math.min(Math.max(i, 0), path.step.length - 1) }, true);
}
