// How often accuracy and I(T;Y) disagree, and whether I(X;T) agrees then: with controls, and against
// the number of samples.

const inverted = () => runPaths.filter((path) => isTicked(path) && path.series.inversions);
const pathLabel = (path) => withoutCommon(splits.length > 1 ? `${path.name}, ${path.split}` : path.name);

function drawShares(plot, width) {
  const { svg } = plot;
  const paths = inverted();
  const narrow = width < 460;
  const rowHeight = narrow ? 38 : 24;
  const names = narrow ? 0 : Math.min(d3.max(paths, (p) => textWidth(pathLabel(p))) ?? 0, 0.4 * width) + 10;
  fitText(svg.append("text").attr("class", "label").attr("y", 13), "Share that agrees with I(X;T)", width - toolsWidth, 14);
  const turn = "M-5,5L0,-5L5,5";
  const bar = (g) => g.append("rect").attr("class", "band").attr("width", 18).attr("y", -4).attr("height", 8).attr("fill", "var(--ink)");
  const top = legend(svg, 0, width, 34, [
    { text: "measured", width: 10, draw: (g) => g.append("circle").attr("cx", 5).attr("r", 4.5).attr("fill", "var(--series-0)") },
    { text: "control: I(X;T) moved in time, 95% of them", draw: bar },
    { text: "control: a line that turns once, the most", width: 12,
      draw: (g) => g.append("path").attr("class", "line").attr("stroke", "var(--ink)").attr("d", turn).attr("transform", "translate(6,0)") },
    { text: "control: I(X;T) dealt out at random, mean", width: 8,
      draw: (g) => g.append("line").attr("class", "line").attr("stroke", "var(--ink)").attr("x1", 4).attr("x2", 4).attr("y1", -6).attr("y2", 6) },
  ]) + 4;
  const right = narrow ? 8 : 148;
  const box = frame(plot, width, top + paths.length * rowHeight + 42, { left: Math.max(names, 14), right, top, bottom: 40 });
  const x = d3.scaleLinear([0, 1], [box.left, box.right]);
  const y = (k) => top + (k + (narrow ? 0.75 : 0.5)) * rowHeight;
  svg.append("g").attr("class", "grid").attr("transform", `translate(0,${box.bottom})`).call(d3.axisBottom(x).ticks(5).tickSize(top - box.bottom).tickFormat(""));
  svg.append("g").attr("class", "axis").attr("transform", `translate(0,${box.bottom})`).call(d3.axisBottom(x).ticks(5, "~%").tickSizeOuter(0).tickSize(4));
  paths.forEach((path, k) => {
    const counted = path.series.inversions;
    const colour = seriesColour(path);
    const of = counted.share === null ? "nothing is inverted" : `${d3.format(".1%")(counted.share)} of ${d3.format(",")(counted.inversions)}`;
    const label = svg.append("text").attr("x", narrow ? box.left : box.left - 10).attr("y", narrow ? y(k) - 13 : y(k)).attr("dy", narrow ? 0 : "0.34em")
      .attr("text-anchor", narrow ? "start" : "end");
    fitText(label, pathLabel(path), narrow ? width - box.left - textWidth(of) - 14 : names - 10);
    svg.append("text").attr("class", "soft").attr("x", width - 2).attr("y", narrow ? y(k) - 13 : y(k)).attr("dy", narrow ? 0 : "0.34em").attr("text-anchor", "end").text(of);
    if (counted.moved.repeats > 0) {
      svg.append("rect").attr("class", "band").attr("fill", "var(--ink)").attr("x", x(counted.moved.low)).attr("width", Math.max(x(counted.moved.high) - x(counted.moved.low), 1)).attr("y", y(k) - 4).attr("height", 8);
      svg.append("line").attr("class", "line").attr("stroke", "var(--ink)").attr("x1", x(counted.dealt_out.mean)).attr("x2", x(counted.dealt_out.mean)).attr("y1", y(k) - 7).attr("y2", y(k) + 7);
    }
    if (counted.one_turn !== null) {
      svg.append("path").attr("class", "line").attr("stroke", "var(--ink)").attr("d", turn).attr("transform", `translate(${x(counted.one_turn)},${y(k)})`);
    }
    if (counted.share !== null) svg.append("circle").attr("r", 5).attr("cx", x(counted.share)).attr("cy", y(k)).attr("fill", colour);
  });
}

function drawStarts(plot, width) {
  const { svg } = plot;
  const paths = inverted();
  fitText(svg.append("text").attr("class", "label").attr("y", 13), "The share among the first samples", width - toolsWidth, 14);
  const top = legend(svg, 0, width, 34, lineLegend(paths)) + 4;
  const box = frame(plot, width, Math.max(Math.round(0.42 * width), 210) + top - 34, { left: 42, right: 8, top, bottom: 40 });
  const most = d3.max(paths, (path) => path.series.inversions.samples) ?? 1;
  const x = d3.scaleLinear([0, Math.max(most, 1)], [box.left, box.right]);
  const y = d3.scaleLinear([0, 1], [box.bottom, box.top]);
  axes(svg, box, x, y, { xTicks: Math.max(Math.floor(width / 90), 3), yTicks: 5, yFormat: "~%" });
  svg.append("line").attr("class", "bound").attr("x1", box.left).attr("x2", box.right).attr("y1", y(0.5)).attr("y2", y(0.5));
  svg.append("text").attr("class", "soft").attr("x", (box.left + box.right) / 2).attr("y", box.height - 3).attr("text-anchor", "middle").text("samples from the start of the run");
  for (const path of paths) {
    const starts = path.series.inversions.starts.filter((start) => start.share !== null);
    svg.append("path").attr("class", "line").attr("stroke", seriesColour(path)).attr("stroke-dasharray", seriesDash(path))
      .style("stroke-width", seriesWidth(path)).attr("d", d3.line().x((s) => x(s.samples)).y((s) => y(s.share))(starts));
    svg.append("g").selectAll("circle").data(starts).enter().append("circle").attr("r", 3).attr("cx", (s) => x(s.samples)).attr("cy", (s) => y(s.share)).attr("fill", seriesColour(path))
      .append("title").text((s) => `${pathLabel(path)}: ${d3.format(".1%")(s.share)} of ${d3.format(",")(s.inversions)} inversions among ${s.samples} samples`);
  }
}

function shareRows() {
  const rows = [["run", "split", "samples", "pairs", "inversions", "agreeing", "share",
    "moved_mean", "moved_low", "moved_high", "one_turn", "dealt_out_mean", "dealt_out_low", "dealt_out_high"]];
  for (const path of inverted()) {
    const c = path.series.inversions;
    rows.push([data.runs[path.run].path, path.split, c.samples, c.pairs, c.inversions, c.agreeing, c.share,
      c.moved.mean, c.moved.low, c.moved.high, c.one_turn, c.dealt_out.mean, c.dealt_out.low, c.dealt_out.high]);
  }
  return rows;
}

function startRows() {
  const rows = [["run", "split", "samples", "pairs", "inversions", "agreeing", "share"]];
  for (const path of inverted()) {
    for (const s of path.series.inversions.starts) {
      rows.push([data.runs[path.run].path, path.split, s.samples, s.pairs, s.inversions, s.agreeing, s.share]);
    }
  }
  return rows;
}

function addInversions() {
  d3.select("#section-inversions .prose").html(`<p>Two samples of a run are <b>inverted</b> when the one with less
    I(T;Y) has the higher accuracy. The share is that of inversions in which I(X;T) is smaller, too. <b>Three controls</b> say
    what it would be if I(X;T) had nothing to do with it: its column rotated along the run by many shifts (up to 200, spread over its
    length), so that it drifts just as smoothly but at another time; the most that a line in time with at most one turn gives in its
    place, as a path of two phases turns once; and dealt out at random, which gives about one half. A share within the first
    control's range or below the second says nothing, and neither does one of few inversions. A share beyond both is still no proof:
    the upward bias of I(T;Y) in a finite sample rises and falls with I(X;T), too. Counting against shuffled labels (<code>infoplane mi --null</code>)
    shows how large that is.</p>`);
  const shares = addPlot("#section-inversions .pair", { name: "inversions", label: "Share of inversions with controls", draw: drawShares, rows: shareRows });
  const starts = addPlot("#section-inversions .pair", { name: "inversion-samples", label: "Share against the number of samples", draw: drawStarts, rows: startRows });
  redraws.push((what) => what === "view" && [shares, starts].forEach(drawPlot));
  addInversionTable();
}
