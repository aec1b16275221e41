// Paths on the information plane, wherever they are drawn: on the plane and magnified inside it.

/// A tube around a path of means: the hulls of neighbouring ellipses, as one outline.
function planeTube(path, count, x, y) {
  const xs = values(path, "i_xt_bits");
  const ys = values(path, "i_ty_bits");
  const halfX = halfWidths(path, "i_xt_bits");
  const halfY = halfWidths(path, "i_ty_bits");
  const corners = d3.range(12).map((k) => [Math.cos((k * Math.PI) / 6), Math.sin((k * Math.PI) / 6)]);
  const ellipse = (i) => {
    const a = x(xs[i] + halfX[i]) - x(xs[i]);
    const b = y(ys[i]) - y(ys[i] + halfY[i]);
    return corners.map(([c, s]) => [x(xs[i]) + a * c, y(ys[i]) + b * s]);
  };
  let outline = "";
  let previous = null;
  for (let i = 0; i < count; ++i) {
    const drawable = isOnPlane(path, i) && isNumber(halfX[i]) && isNumber(halfY[i]);
    const own = drawable ? ellipse(i) : null;
    if (own) {
      const hull = d3.polygonHull(previous ? [...previous, ...own] : own);
      if (hull) outline += `M${hull.map((p) => p.map((v) => v.toFixed(1)).join(",")).join("L")}Z`;
    }
    previous = own;
  }
  return outline;
}

/// Lines from sample to sample in some forty colours, each one element for all `lines`: {count, epoch(i), at(i)},
/// where at(i) is a place, or null for a sample that is not drawn.
function epochLines(g, lines, width = null) {
  const bins = new Map();
  for (const { count, epoch, at } of lines) {
    let before = null;
    let open = null; // the bin whose line ends at the sample before
    for (let i = 0; i < count; ++i) {
      const place = at(i)?.map((pixels) => pixels.toFixed(1)) ?? null;
      const bin = place && before ? (lastEpoch > 0 ? Math.floor((40 * epoch(i)) / lastEpoch) : 40) : null;
      if (bin !== null) bins.set(bin, `${bins.get(bin) ?? ""}${open === bin ? "" : `M${before}`}L${place}`);
      open = bin;
      before = place;
    }
  }
  for (const [bin, d] of bins) {
    g.append("path").attr("class", "path").attr("d", d).attr("stroke", epochColour((bin / 40) * lastEpoch)).style("stroke-width", width);
  }
}

function planeLines(g, path, count, x, y) {
  const xs = values(path, "i_xt_bits");
  const ys = values(path, "i_ty_bits");
  epochLines(g, [{ count, epoch: (i) => path.epoch[i], at: (i) => (isOnPlane(path, i) ? [x(Math.max(xs[i], 0)), y(Math.max(ys[i], 0))] : null) }]);
}

/// The visible paths up to the shown epoch; samples get the class `kind`, and those of the first
/// part `skip` of a run none.
function drawPathsOn(layer, { x, y }, kind, skip) {
  const paths = visiblePaths();
  layer.selectAll("*").remove();
  const counts = new Map(paths.map((path) => [path, samplesUntil(path, shownEpoch())]));
  const radius = sampleSize(d3.sum([...counts.values()]));
  const bands = layer.append("g").attr("clip-path", kind === "magnified" ? null : "url(#plane-clip)");
  for (const path of paths.filter((p) => p.half)) {
    bands.append("path").attr("class", "plane-band").attr("d", planeTube(path, counts.get(path), x, y));
  }
  for (const path of paths) planeLines(layer, path, counts.get(path), x, y);
  for (const path of paths) {
    const xs = values(path, "i_xt_bits");
    const ys = values(path, "i_ty_bits");
    const fill = splitFill(path.split);
    const filled = fill === null;
    const heavy = isSecondRound(path.group);
    const shape = d3.symbol().type(groupSymbol(path.group)).size(Math.PI * radius * radius)();
    const from = Math.floor(skip * path.step.length);
    const places = d3.range(from, Math.max(counts.get(path), from)).filter((i) => isOnPlane(path, i));
    layer.append("g").attr("fill", fill).attr("stroke", heavy && filled ? "var(--ink)" : null)
      .attr("stroke-width", heavy && !filled ? 2.2 : 1.1)
      .selectAll("path").data(places).enter().append("path")
      .attr("class", kind).attr("d", shape)
      .attr("transform", (i) => `translate(${x(Math.max(xs[i], 0)).toFixed(1)},${y(Math.max(ys[i], 0)).toFixed(1)})`)
      .attr(filled ? "fill" : "stroke", (i) => epochColour(path.epoch[i]));
  }
  for (const path of paths.filter((p) => p.phases)) {
    // Where the sample that the rule found was measured; of two that a mean over seeds lies between, the later one, whichever way
    // its epoch was rounded.
    const mark = (name, symbol, epoch) => {
      if (epoch > shownEpoch() + 1e-9) return;
      const right = d3.bisectLeft(path.epoch, epoch);
      const left = Math.max(right - 1, 0);
      const i = right < path.epoch.length && path.epoch[right] - epoch <= epoch - path.epoch[left] + 2e-4 ? right : left;
      const bits = [path.raw.i_xt_bits[i], path.raw.i_ty_bits[i]];
      if (!bits.every(isNumber)) return;
      layer.append("path").attr("class", "mark").attr("d", d3.symbol().type(symbol).size(88)())
        .attr("transform", `translate(${x(Math.max(bits[0], 0))},${y(Math.max(bits[1], 0))})`)
        .append("title").text(`${name}: ${path.name}, ${path.split}, epoch ${epoch}`);
    };
    mark("convergence", d3.symbolSquare, path.phases.convergence.epoch);
    const compresses = path.phases.compresses ?? path.phases.compressing > 0;
    if (compresses) mark("transition", d3.symbolDiamond, path.phases.transition.epoch);
  }
}

/// A second plane inside the first, where no path passes: it magnifies where the last nine tenths of
/// the samples lie, if that is a small patch. Fitting is a few long steps, the rest is compression.
function planInset({ x, y, box }, paths) {
  const xs = [];
  const ys = [];
  const corners = []; // pieces of all paths, in pixels
  for (const path of paths) {
    const from = Math.floor(path.step.length / 10);
    let previous = null;
    for (let i = 0; i < path.step.length; ++i) {
      if (!isOnPlane(path, i)) continue;
      const bits = [values(path, "i_xt_bits")[i], values(path, "i_ty_bits")[i]].map((v) => Math.max(v, 0));
      if (i >= from) xs.push(bits[0]), ys.push(bits[1]);
      const here = [x(bits[0]), y(bits[1])];
      const pieces = previous ? d3.range(0, 1, 0.04).map((t) => [d3.interpolateNumber(previous[0], here[0])(t), d3.interpolateNumber(previous[1], here[1])(t)]) : [];
      if (i <= from) corners.push(...pieces);
      corners.push(here);
      previous = here;
    }
  }
  if (xs.length < 5) return null;
  const around = (list, domain) => {
    const [low, high] = d3.extent(list);
    const margin = Math.max(0.06 * (high - low), 0.005 * domain[1]);
    return [Math.max(low - margin, 0), high + margin];
  };
  const rangeX = around(xs, x.domain());
  const rangeY = around(ys, y.domain());
  if (rangeX[1] - rangeX[0] > 0.34 * x.domain()[1] || rangeY[1] - rangeY[0] > 0.34 * y.domain()[1]) return null;
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const bottom = box.top + 0.83 * height;
  const right = box.right - 14;
  for (const [left, top] of [[0.36, 0.28], [0.42, 0.28], [0.42, 0.36], [0.5, 0.3], [0.5, 0.4], [0.58, 0.3], [0.58, 0.42], [0.64, 0.4]]) {
    const inset = { left: box.left + left * width, top: box.top + top * height, right, bottom };
    if (inset.right - inset.left < 150) return null;
    const free = corners.every(([px, py]) => px < inset.left - 44 || px > right || py < inset.top - 26 || py > bottom + 20);
    if (free) {
      return { box: inset, x: d3.scaleLinear(rangeX, [inset.left, inset.right]), y: d3.scaleLinear(rangeY, [inset.bottom, inset.top]) };
    }
  }
  return null;
}

function drawInsetFrame(svg, { x, y }, { box, x: zoomX, y: zoomY }) {
  const [x0, x1] = zoomX.domain().map(x);
  const [y0, y1] = zoomY.domain().map(y);
  const rect = (kind, left, top, right, bottom) =>
    svg.append("rect").attr("class", kind).attr("x", left).attr("y", top).attr("width", right - left).attr("height", bottom - top);
  const rest = svg.append("g").attr("class", "inset-source");
  rest.append("path").attr("d", `M${x0},${y0}L${box.left},${box.top}M${x1},${y1}L${box.right},${box.top}`);
  rect("inset-source", x0, y1, x1, y0);
  rect("inset", box.left - 36, box.top - 20, box.right + 8, box.bottom + 20).style("stroke", "none");
  rect("inset", box.left, box.top, box.right, box.bottom);
  svg.append("clipPath").attr("id", "inset-clip").append("rect").attr("x", box.left).attr("y", box.top).attr("width", box.right - box.left).attr("height", box.bottom - box.top);
  axes(svg, box, zoomX, zoomY, { xTicks: Math.max((box.right - box.left) / 60, 3), yTicks: 5 });
  svg.append("text").attr("class", "soft").attr("font-size", 11).attr("x", box.left).attr("y", box.top - 7).text("magnified: the last nine tenths of the samples");
}
