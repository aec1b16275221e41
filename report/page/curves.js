// Loss, accuracy and both informations over the steps of training.

const lastStep = d3.max(allPaths, (path) => path.step[path.step.length - 1] ?? 0) ?? 0;

function stepScale(box) {
  return state.x === "log"
    ? d3.scaleSymlog().constant(10).domain([0, Math.max(lastStep, 1)]).range([box.left, box.right])
    : d3.scaleLinear([0, Math.max(lastStep, 1)], [box.left, box.right]);
}

/// Round steps; on the logarithmic axis powers of ten, unless the run is too short for three of them.
function stepTicks(width) {
  if (state.x === "log") {
    const ticks = [0];
    for (let power = 10; power <= lastStep; power *= 10) ticks.push(power);
    if (ticks.length >= 3) return ticks.length > width / 45 ? ticks.filter((_, i) => i % 2 === 0) : ticks;
  }
  return d3.ticks(0, Math.max(lastStep, 1), Math.max(Math.floor(width / 90), 3)).filter(Number.isInteger);
}

function curveDomain(paths, quantity) {
  const all = [];
  for (const path of paths) {
    const half = halfWidths(path, quantity);
    values(path, quantity).forEach((value, i) => {
      if (!isNumber(value)) return;
      all.push(value);
      if (half && isNumber(half[i])) all.push(Math.max(value - half[i], 0), value + half[i]);
    });
  }
  const [low, high] = all.length > 0 ? d3.extent(all) : [0, 1];
  const margin = 0.05 * (high - low) || 0.05 * Math.abs(high) || 0.5;
  // An interval may reach below zero: for that alone the axis does not.
  return [low >= 0 ? Math.max(low - margin, 0) : low - margin,
    quantity === "accuracy" ? Math.min(high + margin, 1) : high + margin];
}

function curveBounds(paths, quantity) {
  if (quantity === "i_xt_bits") return planeBounds(paths, "i_xt_ceiling_bits");
  return quantity === "i_ty_bits" ? planeBounds(paths, "h_y_bits") : [];
}

function drawCurve(quantity) {
  const { name, unit } = quantities[quantity];
  return (plot, width) => {
    const { svg } = plot;
    const paths = visiblePaths();
    svg.append("text").attr("class", "label").attr("y", 13).text(unit === "" ? name : `${name} [${unit}]`);
    const top = legend(svg, 0, width, 30, lineLegend(paths));
    const box = frame(plot, width, Math.round(Math.min(Math.max(0.74 * width, 200), 300)) + top - 30,
      { left: 42, right: 8, top, bottom: 38 });
    const x = stepScale(box);
    const domain = curveDomain(paths, quantity);
    const bounds = curveBounds(paths, quantity).filter((b) => b.bits < domain[1] + 0.25 * (domain[1] - domain[0]));
    if (bounds.length > 0) domain[1] = Math.max(domain[1], d3.max(bounds, (b) => b.bits) + 0.06 * (domain[1] - domain[0]));
    const y = d3.scaleLinear(domain, [box.bottom, box.top]);
    plot.scales = { x, y, box };

    const ticks = stepTicks(width);
    x.ticks = () => ticks;
    x.tickFormat = () => shortCount;
    axes(svg, box, x, y, { xTicks: Math.max(Math.floor(width / 90), 3), yTicks: 5 });
    svg.append("text").attr("class", "soft").attr("x", (box.left + box.right) / 2).attr("y", box.height - 3).attr("text-anchor", "middle").text("step");
    for (const bound of bounds) {
      svg.append("line").attr("class", "bound").attr("x1", box.left).attr("x2", box.right).attr("y1", y(bound.bits)).attr("y2", y(bound.bits));
      const symbol = quantity === "i_xt_bits" ? "log₂ N" : "H(Y)";
      svg.append("text").attr("class", "soft halo").attr("font-size", 11).attr("x", box.left + 4).attr("y", y(bound.bits) + 13)
        .text(`${symbol} = ${bound.bits.toFixed(2)}${bound.note}`);
    }
    plot.layer = svg.append("g");
    plot.cursor = svg.append("g").attr("class", "cursor").attr("pointer-events", "none");
    drawCurveLines(plot, quantity);
  };
}

function drawCurveLines(plot, quantity) {
  const { x, y, box } = plot.scales;
  const paths = visiblePaths();
  const [low, high] = y.domain();
  const clamp = (value) => Math.min(Math.max(value, low), high);
  plot.layer.selectAll("*").remove();
  for (const path of paths.filter((p) => p.half)) {
    const column = values(path, quantity);
    const half = halfWidths(path, quantity);
    const area = d3.area().defined((i) => isNumber(column[i]) && isNumber(half[i])).x((i) => x(path.step[i]))
      .y0((i) => y(clamp(column[i] - half[i]))).y1((i) => y(clamp(column[i] + half[i])));
    plot.layer.append("path").attr("class", "band").attr("fill", seriesColour(path)).attr("d", area(d3.range(path.step.length)));
  }
  for (const path of paths) {
    const lineOf = (column) => d3.line().defined((i) => isNumber(column[i])).x((i) => x(path.step[i]).toFixed(1)).y((i) => y(clamp(column[i])).toFixed(1));
    const column = values(path, quantity);
    const line = lineOf(column);
    const count = samplesUntil(path, shownEpoch());
    const all = d3.range(path.step.length);
    if (state.values === "smoothed") {
      plot.layer.append("path").attr("class", "raw").attr("d", lineOf(path.raw[quantity])(all));
    }
    const add = (indices, style) =>
      plot.layer.append("path").attr("class", style).attr("stroke", seriesColour(path))
        .attr("stroke-dasharray", seriesDash(path)).style("stroke-width", seriesWidth(path)).attr("d", line(indices));
    if (count < path.step.length) add(all.slice(Math.max(count - 1, 0)), "line later");
    add(all.slice(0, count), "line").attr("data-path", path.id);
    // A sample without neighbours has no line.
    all.filter((i) => isNumber(column[i]) && !isNumber(column[i - 1]) && !isNumber(column[i + 1])).forEach((i) =>
      plot.layer.append("circle").attr("r", 2.6).attr("cx", x(path.step[i])).attr("cy", y(clamp(column[i]))).attr("fill", seriesColour(path)));
  }
  if (state.epoch !== null) {
    const ends = paths.map((path) => path.step[samplesUntil(path, shownEpoch()) - 1]).filter(isNumber);
    if (ends.length > 0) {
      const at = x(d3.max(ends));
      plot.layer.append("line").attr("class", "diagonal").attr("x1", at).attr("x2", at).attr("y1", box.top).attr("y2", box.bottom);
    }
  }
}

/// The sample nearest in time, of the line that passes nearest.
function nearestOnCurve(quantity) {
  return (plot, px, py) => {
    const { x, y, box } = plot.scales;
    if (px < box.left - 20 || px > box.right + 20 || py < box.top - 20) return null;
    let best = null;
    let least = Infinity;
    for (const path of visiblePaths()) {
      if (path.step.length === 0) continue;
      const i = d3.bisector((s) => x(s)).left(path.step, px);
      const near = [i - 1, i].filter((k) => k >= 0 && k < path.step.length);
      const k = near.sort((a, b) => Math.abs(x(path.step[a]) - px) - Math.abs(x(path.step[b]) - px))[0];
      const value = values(path, quantity)[k];
      const distance = isNumber(value) ? Math.abs(y(value) - py) : 1e6;
      if (distance < least) {
        least = distance;
        best = { path, i: k };
      }
    }
    return best;
  };
}

function curveCursor(plot, quantity) {
  plot.cursor.selectAll("*").remove();
  if (!cursor) return;
  const { x, y, box } = plot.scales;
  const at = x(cursor.path.step[cursor.i]);
  plot.cursor.append("line").attr("x1", at).attr("x2", at).attr("y1", box.top).attr("y2", box.bottom);
  const value = values(cursor.path, quantity)[cursor.i];
  if (!isNumber(value)) return;
  plot.cursor.append("circle").attr("r", 4.5).attr("cx", at).attr("cy", y(value));
  const left = at > (box.left + box.right) / 2;
  const above = y(value) > (box.top + box.bottom) / 2;
  plot.cursor.append("text").attr("class", "halo").attr("x", at + (left ? -9 : 9)).attr("y", y(value) + (above ? -9 : 18))
    .attr("text-anchor", left ? "end" : "start").text(quantities[quantity].format(value));
}

function addCurves() {
  const names = { loss_nats: "loss", accuracy: "accuracy", i_xt_bits: "ixt", i_ty_bits: "ity" };
  for (const quantity of quantityKeys) {
    const plot = addPlot("#section-curves .pair", {
      name: names[quantity], label: `${quantities[quantity].name} over steps`,
      draw: drawCurve(quantity), rows: () => curveRows(quantity), point: nearestOnCurve(quantity),
    });
    redraws.push((what) => {
      if (what === "epoch") drawCurveLines(plot, quantity);
      else if (what === "view") drawPlot(plot);
      curveCursor(plot, quantity);
    });
  }
}

function curveRows(quantity) {
  const rows = [["run", "split", "step", "epoch", quantity, `${quantity}_smoothed`, `${quantity}_half_width`]];
  for (const path of visiblePaths()) {
    path.step.forEach((step, i) =>
      rows.push([path.run === null ? path.name : data.runs[path.run].path, path.split, step, path.epoch[i],
        path.raw[quantity][i], path.smooth[quantity][i], path.half ? path.half[quantity][i] : null]));
  }
  return rows;
}
