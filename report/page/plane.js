// The information plane.

const sampleSize = (count) => (count > 3000 ? 2.1 : count > 800 ? 2.6 : 3.1);

const isOnPlane = (path, i) =>
  isNumber(path.epoch[i]) && isNumber(values(path, "i_xt_bits")[i]) && isNumber(values(path, "i_ty_bits")[i]);

/// The bounds of what is visible: distinct ones, each named after its split where they differ.
function planeBounds(paths, key) {
  const bounds = new Map();
  for (const run of runPaths) {
    const visible = paths.some((path) => path.group === run.group && path.split === run.split);
    const bits = run.series[key];
    if (visible && isNumber(bits) && bits > 0) {
      const rounded = bits.toFixed(2);
      if (!bounds.has(rounded)) bounds.set(rounded, { bits, splits: new Set() });
      bounds.get(rounded).splits.add(run.split);
    }
  }
  const list = [...bounds.values()];
  return list.map(({ bits, splits: of }) => ({
    bits,
    note: list.length > 1 && of.size === 1 ? `, ${[...of][0]}` : "",
  }));
}

const boundsOf = (paths) =>
  ({ ceilings: planeBounds(paths, "i_xt_ceiling_bits"), entropies: planeBounds(paths, "h_y_bits") });

/// From zero to the largest of the values and bounds, with room for the bounds' names.
function wholeDomain(xs, ys, { ceilings, entropies }) {
  const top = (list, bounds) => Math.max(d3.max(list) ?? 0, d3.max(bounds, (b) => b.bits) ?? 0) || 1;
  return { x: [0, 1.06 * top(xs, ceilings)], y: [0, 1.07 * top(ys, entropies)] };
}

function planeDomain(paths, bounds) {
  const xs = [];
  const ys = [];
  for (const path of paths) {
    const from = state.plane === "close" ? Math.floor(path.step.length / 10) : 0;
    for (let i = from; i < path.step.length; ++i) {
      if (isOnPlane(path, i)) {
        xs.push(Math.max(values(path, "i_xt_bits")[i], 0));
        ys.push(Math.max(values(path, "i_ty_bits")[i], 0));
      }
    }
    if (state.plane === "whole" && path.phases?.transition) { // which smoothing leaves where it was
      xs.push(path.phases.transition.i_xt_bits);
      ys.push(path.phases.transition.i_ty_bits);
    }
  }
  if (state.plane === "close" && xs.length > 0) {
    const around = (list) => {
      const [low, high] = d3.extent(list);
      const margin = Math.max(0.07 * (high - low), 0.01);
      return [Math.max(low - margin, 0), high + margin];
    };
    return { x: around(xs), y: around(ys) };
  }
  return wholeDomain(xs, ys, bounds);
}

function planeLegend(paths) {
  const mark = (symbol, fill, heavy = false) => (g) =>
    g.append("path").attr("d", d3.symbol().type(symbol).size(46)()).attr("transform", "translate(8,0)")
      .attr("fill", fill ?? epochColour(0.45 * lastEpoch))
      .attr("stroke", heavy ? "var(--ink)" : epochColour(0.45 * lastEpoch)).attr("stroke-width", 1.5);
  const phase = (symbol) => (g) =>
    g.append("path").attr("class", "mark").attr("d", d3.symbol().type(symbol).size(72)()).attr("transform", "translate(8,0)");
  const items = [];
  if (splits.length > 1) {
    splits.filter((split) => paths.some((path) => path.split === split)).forEach((split) =>
      items.push({ text: split, width: 14, draw: mark(d3.symbolCircle, splitFill(split)) }));
  }
  if (data.groups.length > 1) {
    [...new Set(paths.map((path) => path.group))].forEach((g) =>
      items.push({ text: withoutCommon(data.groups[g].label), width: 14, draw: mark(groupSymbol(g), null, isSecondRound(g)) }));
  }
  items.push({ text: "transition", width: 14, draw: phase(d3.symbolDiamond) });
  items.push({ text: "convergence", width: 14, draw: phase(d3.symbolSquare) });
  if (paths.some((path) => path.half)) {
    items.push({
      text: "95% interval of the seeds' mean",
      draw: (g) => g.append("rect").attr("class", "plane-band").attr("y", -5).attr("width", 18).attr("height", 10),
    });
  }
  return items;
}

/// Below the title and the buttons of a narrow plot, else beside them.
const isNarrow = (width) => width < 460;
function colourBar({ name, svg }, plotWidth) {
  const width = 130;
  const right = plotWidth - (isNarrow(plotWidth) ? 0 : toolsWidth + 8);
  const y = isNarrow(plotWidth) ? 34 : 9;
  const id = `${name}-epochs`;
  const gradient = svg.append("defs").append("linearGradient").attr("id", id);
  d3.range(0, 1.001, 0.05).forEach((t) =>
    gradient.append("stop").attr("offset", t).attr("stop-color", epochColour(t * lastEpoch)));
  const last = d3.format("~g")(Number(lastEpoch.toFixed(2)));
  const left = right - width - textWidth(last) - 7;
  const g = svg.append("g").attr("transform", `translate(${left},${y})`);
  g.append("rect").attr("width", width).attr("height", 9).attr("y", -5).attr("rx", 2).attr("fill", `url(#${id})`);
  const text = (x, anchor, words) =>
    g.append("text").attr("class", "soft").attr("x", x).attr("dy", "0.34em").attr("text-anchor", anchor).text(words);
  text(-7, "end", "epoch 0");
  text(width + 7, "start", last);
}

/// What lies behind the paths of a plane: the possible, the impossible, axes and bounds, which have
/// their names unless the plane is empty.
function planeFrame({ name, svg }, { x, y, box }, { ceilings, entropies }, isEmpty = false) {
  svg.append("clipPath").attr("id", `${name}-clip`).append("rect").attr("x", box.left).attr("y", box.top)
    .attr("width", box.right - box.left).attr("height", box.bottom - box.top);
  const right = ceilings.length > 0 ? d3.max(ceilings, (b) => b.bits) : x.domain()[1];
  const top = entropies.length > 0 ? d3.max(entropies, (b) => b.bits) : y.domain()[1];
  const corner = Math.min(right, top);
  svg.append("rect").attr("class", "impossible").attr("x", box.left).attr("y", box.top)
    .attr("width", box.right - box.left).attr("height", box.bottom - box.top);
  const clip = svg.append("g").attr("clip-path", `url(#${name}-clip)`);
  const points = [[0, 0], [corner, corner], [right, corner], [right, 0]];
  clip.append("polygon").attr("class", "possible").attr("points", points.map(([a, b]) => `${x(a)},${y(b)}`).join(" "));
  clip.append("line").attr("class", "diagonal").attr("x1", x(0)).attr("y1", y(0)).attr("x2", x(corner)).attr("y2", y(corner));
  axes(svg, box, x, y, { xTicks: Math.max(box.width / 80, 4), yTicks: 7 });
  svg.append("text").attr("class", "label").attr("x", (box.left + box.right) / 2).attr("y", box.height - 4).attr("text-anchor", "middle").text("I(X;T) [bits]");
  if (!isEmpty) planeBoundLines(svg, box, x, y, ceilings, entropies);
}

function planeBoundLines(svg, box, x, y, ceilings, entropies) {
  const inside = (scale, bits) => bits >= scale.domain()[0] && bits <= scale.domain()[1];
  entropies.filter((b) => inside(y, b.bits)).forEach((b, k) => {
    svg.append("line").attr("class", "bound").attr("x1", box.left).attr("x2", box.right).attr("y1", y(b.bits)).attr("y2", y(b.bits));
    svg.append("text").attr("class", "soft halo").attr("x", box.left + 0.55 * (box.right - box.left)).attr("y", y(b.bits) - 6 + 20 * k)
      .attr("text-anchor", "middle").text(`H(Y) = ${b.bits.toFixed(2)} bits${b.note}`);
  });
  ceilings.filter((b) => inside(x, b.bits)).forEach((b, k) => {
    svg.append("line").attr("class", "bound").attr("y1", box.top).attr("y2", box.bottom).attr("x1", x(b.bits)).attr("x2", x(b.bits));
    svg.append("text").attr("class", "soft halo").attr("text-anchor", "end").attr("x", x(b.bits) - 6).attr("y", box.bottom - 9 - 17 * k)
      .text(`log₂ N = ${b.bits.toFixed(2)} bits${b.note}`);
  });
  const end = Math.min(x.domain()[1], y.domain()[1], d3.max(entropies, (b) => b.bits) ?? Infinity);
  const start = Math.max(x.domain()[0], y.domain()[0]);
  const length = Math.hypot(x(end) - x(start), y(end) - y(start));
  const words = "impossible: I(T;Y) > I(X;T)";
  if (end > start && length > 1.15 * textWidth(words, 11)) {
    const degrees = (Math.atan2(y(end) - y(start), x(end) - x(start)) * 180) / Math.PI;
    svg.append("text").attr("class", "soft").attr("font-size", 11).attr("text-anchor", "middle").attr("dy", -6)
      .attr("transform", `translate(${x((start + end) / 2)},${y((start + end) / 2)}) rotate(${degrees})`).text(words);
  }
}

function drawPlane(plot, width) {
  const { svg } = plot;
  const paths = visiblePaths();
  const bounds = boundsOf(paths);
  svg.append("text").attr("class", "label").attr("x", 0).attr("y", 13).text("I(T;Y) [bits]");
  colourBar(plot, width);
  const top = legend(svg, 0, width, isNarrow(width) ? 62 : 42, planeLegend(paths)) + 2;
  const height = Math.round(Math.min(Math.max(0.8 * width, 330), 640)) + top - 62; // which a legend of one row leaves as it is
  const box = frame(plot, width, height, { left: 38, right: 8, top, bottom: 42 });
  const domain = planeDomain(paths, bounds);
  const x = d3.scaleLinear(domain.x, [box.left, box.right]);
  const y = d3.scaleLinear(domain.y, [box.bottom, box.top]);
  plot.scales = { x, y, box };

  const isEmpty = paths.every((path) => path.step.length === 0);
  planeFrame(plot, plot.scales, bounds, isEmpty);
  plot.layer = svg.append("g").attr("clip-path", state.plane === "close" ? "url(#plane-clip)" : null);
  plot.inset = state.plane === "whole" ? planInset(plot.scales, paths) : null;
  if (plot.inset) drawInsetFrame(svg, plot.scales, plot.inset);
  plot.insetLayer = svg.append("g").attr("clip-path", "url(#inset-clip)");
  plot.cursor = svg.append("g").attr("class", "cursor").attr("pointer-events", "none");
  drawPlanePaths(plot);
  if (isEmpty) {
    svg.append("text").attr("class", "soft").attr("x", (box.left + box.right) / 2).attr("y", (box.top + box.bottom) / 2)
      .attr("text-anchor", "middle").text(data.runs.every((r) => r.splits.length === 0) ? "no samples" : "nothing is selected");
  }
}

/// What depends on the epoch.
function drawPlanePaths(plot) {
  drawPathsOn(plot.layer, plot.scales, "sample", 0);
  if (plot.inset) drawPathsOn(plot.insetLayer, plot.inset, "magnified", 0.1);
}

const isInside = (box, px, py) => px >= box.left && px <= box.right && py >= box.top && py <= box.bottom;

function nearestOnPlane(plot, px, py) {
  const { x, y } = plot.inset && isInside(plot.inset.box, px, py) ? plot.inset : plot.scales;
  let best = null;
  let least = 60 * 60;
  for (const path of visiblePaths()) {
    const xs = values(path, "i_xt_bits");
    const ys = values(path, "i_ty_bits");
    for (let i = samplesUntil(path, shownEpoch()) - 1; i >= 0; --i) {
      if (!isOnPlane(path, i)) continue;
      const distance = (x(xs[i]) - px) ** 2 + (y(ys[i]) - py) ** 2;
      if (distance < least) {
        least = distance;
        best = { path, i };
      }
    }
  }
  return best;
}

/// Nothing is drawn of a sample that is later than what is shown, so there is nothing to mark.
function planeCursor(plot) {
  plot.cursor.selectAll("*").remove();
  if (!cursor || !isOnPlane(cursor.path, cursor.i) || isLater(cursor)) return;
  const xt = values(cursor.path, "i_xt_bits")[cursor.i];
  const ty = values(cursor.path, "i_ty_bits")[cursor.i];
  const mark = ({ x, y, box }, withText) => {
    const px = x(Math.max(xt, 0));
    const py = y(Math.max(ty, 0));
    if (!isInside(box, px, py)) return false;
    plot.cursor.append("circle").attr("r", 7).attr("cx", px).attr("cy", py);
    if (!withText) return true;
    const left = px > box.left + 0.6 * (box.right - box.left);
    plot.cursor.append("text").attr("class", "halo").attr("x", px + (left ? -12 : 12)).attr("y", py + (py > box.bottom - 40 ? -14 : 22))
      .attr("text-anchor", left ? "end" : "start").text(`(${quantities.i_xt_bits.format(xt)}, ${quantities.i_ty_bits.format(ty)}) bits`);
    return true;
  };
  const inInset = plot.inset !== null && mark(plot.inset, true);
  mark(plot.scales, !inInset);
}

/// Every visible sample with all its numbers.
function traceRows() {
  const rows = [["run", "split", "step", "epoch", ...quantityKeys,
    ...quantityKeys.map((key) => `${key}_smoothed`), ...quantityKeys.map((key) => `${key}_half_width`)]];
  for (const path of visiblePaths()) {
    for (let i = 0; i < path.step.length; ++i) {
      rows.push([path.run === null ? path.name : data.runs[path.run].path, path.split, path.step[i], path.epoch[i],
        ...quantityKeys.map((key) => path.raw[key][i]), ...quantityKeys.map((key) => path.smooth[key][i]),
        ...quantityKeys.map((key) => (path.half ? path.half[key][i] : null))]);
    }
  }
  return rows;
}

function addPlane() {
  const plot = addPlot("#section-plane", {
    name: "plane", label: "Information plane", draw: drawPlane, rows: traceRows, point: nearestOnPlane,
  });
  redraws.push((what) => {
    if (what === "epoch") drawPlanePaths(plot);
    else if (what === "view") drawPlot(plot);
    planeCursor(plot);
  });
}
