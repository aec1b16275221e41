// The paths of hidden layers, where a run measured them.

const hasLayers = (path) => path.series.layers !== null;
const layerPath = () => [chosenPath(), ...runPaths.filter(isTicked)].find((path) => path && hasLayers(path));

function drawLayers(plot, width) {
  const { svg } = plot;
  const path = layerPath();
  const { layers } = path.series;
  svg.append("text").attr("class", "label").attr("y", 13).text("I(T;Y) [bits]");
  colourBar(plot, width);
  const box = frame(plot, width, Math.max(Math.min(Math.round(0.55 * width), 480), 300),
    { left: 38, right: 12, top: isNarrow(width) ? 54 : 34, bottom: 42 });
  const bounds = boundsOf([path]);
  const all = (key) => layers.flatMap((layer) => layer[key].filter(isNumber));
  const domain = wholeDomain(all("i_xt_bits"), all("i_ty_bits"), bounds);
  const x = d3.scaleLinear(domain.x, [box.left, box.right]);
  const y = d3.scaleLinear(domain.y, [box.bottom, box.top]);
  planeFrame(plot, { x, y, box }, bounds);
  const ends = [];
  for (const layer of layers) {
    const drawable = (i) => isNumber(layer.i_xt_bits[i]) && isNumber(layer.i_ty_bits[i]);
    const shown = d3.range(layer.epoch.length).filter((i) => layer.epoch[i] <= shownEpoch() && drawable(i));
    const at = (i) => [x(layer.i_xt_bits[i]), y(layer.i_ty_bits[i])];
    epochLines(svg, [{ count: shown.length, epoch: (k) => layer.epoch[shown[k]], at: (k) => at(shown[k]) }]);
    svg.append("g").selectAll("circle").data(shown).enter().append("circle").attr("class", "layer-sample").attr("r", 2.6)
      .attr("cx", (i) => at(i)[0]).attr("cy", (i) => at(i)[1]).attr("fill", (i) => epochColour(layer.epoch[i]));
    if (shown.length > 0) {
      const [px, py] = at(shown[shown.length - 1]);
      ends.push({ x: px, y: py, text: `${/^\d+$/.test(layer.layer) ? "layer " : ""}${layer.layer} (${layer.units})`, chosen: false });
    }
  }
  svg.append("path").attr("class", "diagonal").attr("d", d3.line().x((e) => e.x).y((e) => e.y)(ends));
  placeLabels(ends, box, svg).filter((label) => label.show).forEach((label) =>
    svg.append("text").attr("class", "halo").attr("x", label.textX).attr("y", label.textY).attr("dy", "0.34em").attr("text-anchor", label.anchor).text(label.text));
}

function layerRows() {
  const path = layerPath();
  const rows = [["run", "split", "layer", "units", "step", "epoch", "i_xt_bits", "i_ty_bits"]];
  for (const layer of path.series.layers) {
    layer.step.forEach((step, i) => rows.push([data.runs[path.run].path, path.split, layer.layer, layer.units, step, layer.epoch[i], layer.i_xt_bits[i], layer.i_ty_bits[i]]));
  }
  return rows;
}

function addLayers() {
  if (!runPaths.some(hasLayers)) {
    d3.select("#section-layers").attr("hidden", "");
    return;
  }
  const prose = d3.select("#section-layers .prose");
  const shown = prose.append("p");
  addSeriesSelect("#section-layers .prose", hasLayers, layerPath);
  const plot = addPlot("#section-layers", { name: "layers", label: "Hidden layers on the information plane", draw: drawLayers, rows: layerRows });
  redraws.push((what) => {
    if (what === "cursor") return;
    const path = layerPath();
    shown.text("T is the tuple of a layer's binned activations; its units stand in brackets. The thin line joins the layers at one epoch. " +
      (path ? `Shown: ${path.name}, ${path.split}.` : "Nothing that is ticked has a layers.csv."));
    plot.figure.style("display", path ? null : "none");
    if (path) drawPlot(plot);
  });
}
