#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "report/axis.h"
#include "report/canvas.h"

/// What all figures share: colours, axes, title and legend.
namespace infoplane::draw {

constexpr Colour kInk = {0.13, 0.13, 0.13};
constexpr Colour kSoftInk = {0.38, 0.38, 0.38};
constexpr Colour kGrid = {0.91, 0.91, 0.91};
constexpr Colour kBand = {0.87, 0.87, 0.88};
constexpr Colour kWhite = {1.0, 1.0, 1.0};

/// A colour that the colour-blind tell from the others (after Okabe and Ito). They come again: in
/// every second round with thicker lines, so that kSeriesLooks series look different.
Colour series_colour(std::size_t series);
constexpr std::size_t kSeriesColours = 7;
constexpr std::size_t kSeriesLooks = 2 * kSeriesColours;
/// Whether a series, or anything whose looks come again, has its second look.
inline bool is_second_round(std::size_t place, std::size_t looks) { return place / looks % 2 == 1; }

/// What to tell of a figure with more things than there are looks for; else nothing.
std::vector<std::string> repeated_looks(const char* things, std::size_t count, std::size_t looks);

/// Grid, ticks, the two axes and their names, around the rectangle that they span.
struct AxisStyle {
  std::string label;
  std::vector<Tick> ticks = {};  ///< empty: nice ones
};
void draw_axes(Canvas& canvas, const Axis& x, const Axis& y, const AxisStyle& x_style,
               const AxisStyle& y_style);

/// Title, legend and labels leave a plot no room on its page.
class NoRoom : public Error {
 public:
  NoRoom() : Error("a figure's legend and labels leave no room for its plot") {}
};
/// Throws NoRoom for a plot too small to be read, or of no size at all.
void require_room(const Rect& plot, double least_width = 60.0);

/// The text, with its middle cut out to fit a width: names differ at their ends.
std::string fitted(Canvas& canvas, const std::string& text, double width, const TextStyle& style);

/// A style whose letters are as small as it takes for the text to fit a width.
TextStyle shrunk(Canvas& canvas, const std::string& text, double width, TextStyle style);

/// A title above a plot, shrunk to its room.
void draw_title(Canvas& canvas, const std::string& title, double left, double right);

struct LegendItem {
  std::function<void(Canvas&, Point)> mark;  ///< draws within 9 points around the place
  std::string label;
};

/// Rows of items from `left` to `right`, the first centred at `y`; labels that are wider are cut.
/// Gives how far the last row is below the first. Draws only if asked to, so that room can be left
/// for it.
double lay_out_legend(Canvas& canvas, const std::vector<LegendItem>& items, double left,
                      double right, double y, bool draw);

/// A sample line of a legend.
LegendItem line_item(const Stroke& stroke, const std::string& label);
/// A sample of a band.
LegendItem band_item(const Colour& colour, const std::string& label);

/// Where a plot lies on its page: below the title, if there is one, and below the legend.
constexpr double kTitlePlace = 32.0;
inline double legend_place(const std::string& title) { return title.empty() ? 20.0 : 55.0; }

}  // namespace infoplane::draw
