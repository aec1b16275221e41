#include "report/plane_figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/atomic_file.h"
#include "report/plane_drawing.h"

namespace infoplane {
namespace {

/// The figure in words, for readers that do not see it.
std::string description(const PlaneFigure& figure) {
  std::string words = "I(T;Y) [bits] over I(X;T) [bits], coloured by epoch.";
  for (const std::string& label : draw::ceiling_labels(figure)) {
    words += fmt::format(" Bound of I(X;T): {} bits.", label);
  }
  if (draw::is_bound(figure.h_y_bits)) {
    words += fmt::format(" Bound of I(T;Y): {} bits.", draw::h_y_label(figure.h_y_bits));
  }
  for (const PlanePath& path : figure.paths) {
    const auto drawn = std::count_if(path.points.begin(), path.points.end(), draw::drawable);
    words += fmt::format(" {}: {} sample{}.", path.label, drawn, drawn == 1 ? "" : "s");
  }
  return words;
}

/// Cairo draws text as outlines; the words go beside them, where screen readers and searches look.
std::string with_words(std::string svg, const PlaneFigure& figure) {
  svg.insert(svg.find('>', svg.find("<svg")) + 1,
             fmt::format("\n<title>{}</title>\n<desc>{}</desc>", draw::xml_text(figure.title),
                         draw::xml_text(description(figure))));
  return svg;
}

}  // namespace

void PlaneFigure::add_ceiling(std::int64_t rows, const std::string& split) {
  const double bits = rows > 0 ? std::log2(static_cast<double>(rows)) : 0.0;
  const bool is_there = std::any_of(ceilings.begin(), ceilings.end(),
                                    [&](const PlaneCeiling& known) { return known.bits == bits; });
  if (bits > 0.0 && !is_there) {
    ceilings.push_back({bits, split});
  }
}

double PlaneFigure::i_xt_ceiling_bits() const {
  double largest = 0.0;
  for (const PlaneCeiling& ceiling : ceilings) {
    largest = std::max(largest, ceiling.bits);
  }
  return largest;
}

void write_plane_svg(const PlaneFigure& figure, const std::filesystem::path& file) {
  const std::string svg = draw::draw_svg(draw::kRunPage, 1.0, [&](draw::Canvas& canvas) {
    draw::PlaneDrawing(figure, canvas, draw::kRunPage).draw();
  });
  write_file_atomically(file, with_words(svg, figure));
}

void write_plane_png(const PlaneFigure& figure, const std::filesystem::path& file) {
  static_assert(kPlanePngWidth * draw::kRunPage.height == kPlanePngHeight * draw::kRunPage.width);
  const std::string png = draw::draw_png(
      draw::kRunPage, 1.0, 72.0 * kPlanePngWidth / draw::kRunPage.width,
      [&](draw::Canvas& canvas) { draw::PlaneDrawing(figure, canvas, draw::kRunPage).draw(); });
  write_file_atomically(file, png);
}

}  // namespace infoplane
