#include "paper/page.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "core/error.h"
#include "report/canvas.h"

namespace infoplane::paper {
namespace {

constexpr char kStyle[] = R"(
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 1rem; color: #222; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #888; }
td:first-child { white-space: nowrap; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
dt { font-weight: 600; } dd { margin: 0 0 0.4rem 1rem; }
figcaption, .source { font-size: 0.85rem; color: #555; }
@media print { .wide { overflow: visible; } }
)";

/// docs/paper.md says it at length.
constexpr char kLegend[] = R"(<section id="legend">
<h2>What the columns mean</h2>
<dl>
<dt>ours</dt><dd>The mean over seeds, with half its 95% interval (Student's t).</dd>
<dt>95%</dt><dd>Of a single run, over blocks of its time; it says nothing of other seeds.</dd>
<dt>ib_cnn</dt><dd>The same samples by the conventions of the paper's released code.</dd>
<dt>shuffled, shuffled inversions</dt><dd>The same samples with permuted labels: what bias alone gives, and how many pairs it inverts.</dd>
<dt>less shuffled</dt><dd>The percentage when that bias is taken off I(T;Y).</dd>
<dt>moved, one turn</dt><dd>The percentage with I(X;T) at other times, and the most with a line in its place that turns at most once: what such drifts give.</dd>
<dt>percentage less drifts</dt><dd>The percentage less the larger of the upper end of <em>moved</em> and <em>one turn</em>; under each reading less its own.</dd>
<dt>number</dt><dd>Whether ours lies within a tolerance of the paper's: 0.02 of accuracy, 0.05 of a percentage and bit of I(T;Y), 0.5 bit of I(X;T), five epochs; near, if of fewer than three runs; compatible, if within that and the 95% interval of one more run of ours; undecided, if that interval is wider than two tolerances to each side.</dd>
<dt>claim, verdict</dt><dd>It holds, or does not, when the whole interval of its effect says so; too few runs: fewer than three, no verdict; partial: of some of the networks that it is about.</dd>
</dl>
</section>
)";

std::string read_svg(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    throw Error(file.string() + ": cannot be read");
  }
  const std::string svg = text.str();
  return svg.substr(svg.find("<svg"));  // without the XML declaration
}

std::string to_html(const DrawnFigure& figure) {
  return fmt::format(
      "<figure id=\"{}\">\n{}\n<figcaption>{}: {}</figcaption>\n</figure>\n",
      figure.file.empty() ? figure.item : figure.file.stem().string(),
      figure.file.empty() ? "<p>" + draw::xml_text(figure.not_run) + "</p>" : read_svg(figure.file),
      figure.item, draw::xml_text(figure.title));
}

}  // namespace

std::string results_page(const std::vector<TextTable>& tables,
                         const std::vector<DrawnFigure>& figures,
                         const std::vector<std::string>& provenance) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>The paper, reproduced</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<h1>The paper, reproduced</h1>\n"
      "<p>Cheng, Lian, Gao, Geng: Evaluating Capability of Deep Neural Networks for Image "
      "Classification via Information Plane. Information is in bits.</p>\n<nav><ul>\n",
      kStyle);
  for (const TextTable& table : tables) {
    html += fmt::format("<li><a href=\"#{}\">{}: {}</a></li>\n", table.name, table.name,
                        draw::xml_text(table.title));
  }
  html += "</ul></nav>\n";
  for (const TextTable& table : tables) {
    html += to_html(table);
  }
  if (!figures.empty()) {
    html += "<section id=\"figures\">\n<h2>Figures</h2>\n";
    for (const DrawnFigure& figure : figures) {
      html += to_html(figure);
    }
    html += "</section>\n";
  }
  html += kLegend;
  html += "<section id=\"source\">\n<h2>Where this comes from</h2>\n";
  for (const std::string& line : provenance) {
    html += "<p class=\"source\">" + draw::xml_text(line) + "</p>\n";
  }
  return html + "</section>\n</body>\n</html>\n";
}

}  // namespace infoplane::paper
