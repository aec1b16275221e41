// What all plots share: their frame, colours, saving, pointing and keys.

const darkScreen = matchMedia("(prefers-color-scheme: dark)");
let onPaper = false; // while saving and printing: light colours

/// Viridis by epoch, without the end that the background swallows: what is left has a contrast of two
/// with it.
function epochColour(epoch) {
  const t = lastEpoch > 0 ? epoch / lastEpoch : 1;
  return d3.interpolateViridis(darkScreen.matches && !onPaper ? 0.35 + 0.65 * t : 0.77 * t);
}

/// With several configurations colours tell them apart, in the second round with thick lines, else
/// the seeds, and of one run or of means the splits; dashes always mean the split, 5 3 train.
const styles = 7;
const groupColour = (group) => `var(--series-${group % styles})`;
const isSecondRound = (group) => Math.floor(group / styles) % 2 === 1;
const isOfSeed = (path) => data.groups.length === 1 && data.runs.length > 1 && path.run !== null;
const seriesOf = (path) => (data.groups.length > 1 ? path.group : isOfSeed(path) ? path.run : splitNumber(path.split));
const seriesColour = (path) => groupColour(seriesOf(path));
const seriesWidth = (path) => (isSecondRound(seriesOf(path)) ? 3.6 : null);
const dashes = [null, "5 3", "1.5 3", "9 3 1.5 3"];
const seriesDash = (path) => dashes[splitNumber(path.split) % dashes.length];
/// What is inside the markers of a split; null: their own colour.
const fills = [null, "var(--paper)", "var(--faint)", "var(--ink)"];
const splitFill = (split) => fills[splitNumber(split) % fills.length];
const groupSymbol = (group) =>
  [d3.symbolCircle, d3.symbolTriangle, d3.symbolSquare, d3.symbolDiamond, d3.symbolCross, d3.symbolStar, d3.symbolWye][group % styles];

const toolsWidth = 84; // of the buttons beside a panel's title

const plots = [];

/// Adds a plot to a section: a figure with its own tools. `draw(svg, width)` fills an empty svg and
/// sets its height; `rows()` gives the table behind it.
function addPlot(parent, { name, label, draw, rows, point = null }) {
  const figure = d3.select(parent).append("figure").attr("id", `plot-${name}`);
  const tools = figure.append("div").attr("class", "tools");
  const svg = figure.append("svg")
    .attr("class", "figure")
    .attr("role", point ? "application" : "img")
    .attr("aria-label", point ? `${label}. Arrow keys move from sample to sample and, up and down, from line to line; Home, End, Page Up and Page Down jump; Escape lets go.` : label);
  const plot = { name, figure, svg, draw, scales: null };
  const button = (text, action) =>
    tools.append("button").attr("type", "button").attr("aria-label", `Save ${label} as ${text}`)
      .text(text).on("click", action);
  button("SVG", () => saveSvg(plot));
  button("CSV", () => saveCsv(name, rows()));
  if (point) listen(plot, point);
  plots.push(plot);
  return plot;
}

function drawPlot(plot) {
  const width = Math.max(Math.round(plot.figure.node().clientWidth), 260);
  plot.svg.selectAll("*").remove();
  plot.draw(plot, width);
}

/// Sets the size, and gives the place inside the margins.
function frame(plot, width, height, margin) {
  plot.svg.attr("viewBox", `0 0 ${width} ${height}`).attr("width", width).attr("height", height);
  return {
    left: margin.left, top: margin.top, right: width - margin.right, bottom: height - margin.bottom,
    width, height,
  };
}

/// Numbers that are wide in full: with a prefix, as 1T, or an exponent, as 2e-5.
function shortFormat([low, high]) {
  return Math.max(Math.abs(low), Math.abs(high)) >= 1e4 ? "~s" : high - low < 1e-3 ? "~e" : null;
}

/// Grid and axes with about one tick each `gap` pixels.
function axes(svg, box, x, y, { xTicks, yTicks, yFormat = shortFormat(y.domain()) }) {
  const add = (kind, axis, move) =>
    svg.append("g").attr("class", kind).attr("transform", move).call(axis);
  const bottom = `translate(0,${box.bottom})`;
  const left = `translate(${box.left},0)`;
  add("grid", d3.axisBottom(x).ticks(xTicks).tickSize(box.top - box.bottom).tickFormat(""), bottom);
  add("grid", d3.axisLeft(y).ticks(yTicks).tickSize(box.left - box.right).tickFormat(""), left);
  add("axis", d3.axisBottom(x).ticks(xTicks).tickSizeOuter(0).tickSize(4), bottom);
  add("axis", d3.axisLeft(y).ticks(yTicks, yFormat).tickSizeOuter(0).tickSize(4), left);
}

/// 0, 500, 1k, 20k: each by itself, unlike d3's own axis, which says 0k.
const shortCount = d3.format("~s");

const ruler = document.createElement("canvas").getContext("2d");
function textWidth(text, size = 12) {
  ruler.font = `${size}px "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif`;
  return ruler.measureText(text).width;
}

/// The text, with its middle cut out to fit a width; all of it is then its tooltip. Names differ at
/// their ends.
function fitText(element, text, width, size = 12) {
  let kept = text.length;
  const cut = () => (kept === text.length ? text :
    `${text.slice(0, Math.ceil(kept / 2)).trimEnd()}…${text.slice(text.length - Math.floor(kept / 2)).trimStart()}`);
  while (kept > 1 && textWidth(cut(), size) > width) --kept;
  element.text(cut());
  if (kept < text.length) element.append("title").text(text);
}

/// Legend items {draw(g), text} in rows from `y` on; gives the y below the last row.
function legend(svg, left, right, y, items) {
  let x = left;
  for (const item of items) {
    const mark = (item.width ?? 18) + 5;
    const needed = Math.min(mark + textWidth(item.text), right - left) + 16;
    if (x > left && x + needed > right + 16) {
      x = left;
      y += 18;
    }
    const entry = svg.append("g").attr("transform", `translate(${x},${y})`);
    item.draw(entry);
    fitText(entry.append("text").attr("x", mark).attr("dy", "0.34em").attr("class", "soft"), item.text, right - left - mark);
    x += needed;
  }
  return items.length > 0 ? y + 18 : y;
}

/// What tells the visible lines apart: colour for configuration, seed or split, dashes for train.
function lineLegend(paths) {
  const sample = (colour, dash, width) => (g) =>
    g.append("line").attr("class", "line").attr("x2", 18).attr("stroke", colour).attr("stroke-dasharray", dash).style("stroke-width", width);
  const first = (key) => [...new Map(paths.map((path) => [path[key], path]).reverse()).values()].reverse();
  const items = [];
  if (data.groups.length > 1) {
    first("group").forEach((path) =>
      items.push({ text: withoutCommon(data.groups[path.group].label), draw: sample(seriesColour(path), null, seriesWidth(path)) }));
  }
  const ofSeeds = paths.filter(isOfSeed);
  [...new Map(ofSeeds.map((path) => [path.run, path])).values()].forEach((path) =>
    items.push({ text: path.name, draw: sample(seriesColour(path), null, seriesWidth(path)) }));
  if (splits.length > 1) {
    const colour = (path) => (data.groups.length > 1 || isOfSeed(path) ? "var(--soft)" : seriesColour(path));
    first("split").forEach((path) =>
      items.push({ text: path.split, draw: sample(colour(path), seriesDash(path), null) }));
  }
  if (paths.some((path) => path.half)) {
    items.push({
      text: "95% interval",
      draw: (g) => g.append("rect").attr("class", "band").attr("y", -5).attr("width", 18).attr("height", 10).attr("fill", "var(--series-0)"),
    });
  }
  return items;
}

/// Pointing: `nearest(plot, x, y)` gives {path, i} or null.
function listen(plot, nearest) {
  const node = plot.svg.node();
  node.setAttribute("tabindex", "0");
  const at = (event) => {
    const matrix = node.getScreenCTM();
    if (!matrix) return null;
    return nearest(plot, (event.clientX - matrix.e) / matrix.a, (event.clientY - matrix.f) / matrix.d);
  };
  node.addEventListener("pointermove", (event) => {
    if (!cursorIsPinned) placeCursor(at(event));
  });
  node.addEventListener("pointerleave", () => cursorIsPinned || placeCursor(null));
  node.addEventListener("click", (event) => {
    const place = at(event);
    const again = cursorIsPinned && place && cursor.path === place.path && cursor.i === place.i;
    placeCursor(place, !again);
  });
  const keys = {
    ArrowLeft: () => moveCursor(-1),
    ArrowRight: () => moveCursor(1),
    ArrowUp: () => moveCursor(0, -1),
    ArrowDown: () => moveCursor(0, 1),
    PageUp: () => moveCursor(-10),
    PageDown: () => moveCursor(10),
    Home: () => moveCursor(-Infinity),
    End: () => moveCursor(Infinity),
    Escape: () => placeCursor(null),
  };
  node.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
}

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const fileStem = data.title.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");

const figureRules = document.getElementById("figure-style").sheet.cssRules;
/// A text with the variables of figure.css replaced by their light values: programs other than browsers know no variables.
const withLightColours = (text) =>
  text.replace(/var\((--[\w-]+)\)/g, (_, name) => figureRules[0].style.getPropertyValue(name).trim());

/// The plot as it stands, in light colours, with its style inside.
function saveSvg(plot) {
  onPaper = true;
  drawPlot(plot);
  const copy = plot.svg.node().cloneNode(true);
  onPaper = false;
  drawPlot(plot);
  changed("cursor");
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = [...figureRules].slice(1).filter((rule) => rule instanceof CSSStyleRule).map((rule) => rule.cssText).join("\n");
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  paper.setAttribute("width", "100%");
  paper.setAttribute("height", "100%");
  paper.setAttribute("fill", "#fff");
  const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
  title.textContent = `${data.title}: ${plot.name}`;
  copy.prepend(title, style, paper);
  copy.removeAttribute("tabindex");
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  save(`${fileStem}-${plot.name}.svg`, "image/svg+xml", withLightColours(new XMLSerializer().serializeToString(copy)));
}

/// `rows`: the header, then the rows.
function saveCsv(name, rows) {
  const text = (value) => {
    const plain = value === null || value === undefined ? "" : String(value);
    return /[",\n]/.test(plain) ? `"${plain.replace(/"/g, '""')}"` : plain;
  };
  save(`${fileStem}-${name}.csv`, "text/csv", rows.map((row) => row.map(text).join(",")).join("\n") + "\n");
}
