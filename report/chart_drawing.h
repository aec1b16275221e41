#pragma once

#include <string>
#include <vector>

#include "report/canvas.h"

namespace infoplane::draw {

/// One line of a chart. A value that is not finite is a gap; one without neighbours is a dot.
struct ChartCurve {
  std::string label;
  std::size_t series = 0;  ///< gives colour and width
  std::size_t dashes = 0;  ///< 0: none; from the fourth on they come again
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> half_widths = {};  ///< of an interval around each y; or none
};

struct ChartBound {
  double y;
  std::string label;
};

/// Lines over a common axis, such as a quantity over the steps of training.
struct ChartFigure {
  std::string title;  ///< may be empty
  std::string x_label;
  std::string y_label;
  std::vector<ChartCurve> curves;
  std::vector<ChartBound> bounds = {};  ///< drawn when the curves come near
  bool log_x = false;             ///< log(1 + x / 10): even for the first ten, then logarithmic
  bool from_zero_to_one = false;  ///< the whole range of a share, not that of the values
  bool dots = false;              ///< at each value: of few, which lines between them would hide
};

/// Throws NoRoom, as draw_bars does, where the page is too small for legend and labels.
void draw_chart(const ChartFigure& figure, Canvas& canvas, PageSize page);

/// A row a name, a column a quantity: bars from zero, or dots with a range.
struct BarColumn {
  std::string title;
  std::vector<double> values;  ///< one for each name; not finite: nothing is drawn
  double most = 1.0;           ///< the end of the axis
  int decimals = 2;
  std::vector<double> lows = {};  ///< a range to compare each value with; or none
  std::vector<double> highs = {};
  std::vector<std::string> notes = {};  ///< to print in place of the values; or none
};
struct BarFigure {
  std::string title;  ///< may be empty
  std::vector<std::string> names;
  std::vector<BarColumn> columns;
  std::string range_label = {};  ///< what the ranges are; values are dots then
};

void draw_bars(const BarFigure& figure, Canvas& canvas, PageSize page);

}  // namespace infoplane::draw
