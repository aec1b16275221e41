#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace infoplane {

/// One sample of a run on the information plane. A sample with a NaN or infinite coordinate or
/// epoch is not drawn and leaves a gap in its path.
struct PlanePoint {
  double i_xt_bits;  ///< I(X;T), the horizontal axis
  double i_ty_bits;  ///< I(T;Y), the vertical axis
  double epoch;      ///< may be fractional; gives the colour
};

/// Half widths of a 95% interval around a mean over seeds.
struct PlaneInterval {
  double i_xt_bits;
  double i_ty_bits;
};

/// The samples of one run or split, or means over seeds, in the order of time.
struct PlanePath {
  std::string label;  ///< "train", "validation", ...; the legend shows it when there are several
  std::vector<PlanePoint> points;
  std::vector<PlaneInterval> intervals = {};  ///< one for each point, drawn as a band; or none
  std::optional<PlanePoint> transition = {};  ///< to mark as such, on the path or beside it
};

/// The bound of I(X;T) on a split: log2 N.
struct PlaneCeiling {
  double bits;
  std::string split;
};

/// A picture of the information plane: paths coloured by epoch, below the bounds I(X;T) <= log2 N,
/// I(T;Y) <= H(Y) and I(T;Y) <= I(X;T).
struct PlaneFigure {
  std::string title;
  std::vector<PlanePath> paths;
  std::vector<PlaneCeiling> ceilings;  ///< a line each, named where there are several
  double h_y_bits;                     ///< H(Y); drawn as a bound when finite and positive

  /// Adds log2 of a split's rows, unless there are none or the line is there.
  void add_ceiling(std::int64_t rows, const std::string& split);
  /// The largest, which nothing that is drawn can pass; 0 without any.
  double i_xt_ceiling_bits() const;
};

/// Writes the figure as SVG. The file is written under a temporary name and renamed, so a reader
/// never sees half of it. Throws Error naming the file when it cannot be written.
void write_plane_svg(const PlaneFigure& figure, const std::filesystem::path& file);

/// Writes the figure as a PNG of kPlanePngWidth x kPlanePngHeight pixels; otherwise as
/// write_plane_svg.
void write_plane_png(const PlaneFigure& figure, const std::filesystem::path& file);

inline constexpr int kPlanePngWidth = 1600;
inline constexpr int kPlanePngHeight = 1100;

}  // namespace infoplane
