#pragma once

#include <optional>

#include "report/plane_paths.h"

namespace infoplane::draw {

/// Room around a magnified view for labels of 10 points: numbers on its left and below it, and a
/// line of words below these.
struct ZoomMargins {
  double left = 42.0, top = 6.0, right = 8.0, bottom = 34.0;
};

/// A second plane inside `plane`, magnifying where the last nine tenths of each path's samples
/// lie: fitting is a few long steps at the start, and the rest of a run, compression, a small
/// patch. It lies at the first of some places, below the bounds and right of the diagonal, where no
/// path passes it or its labels. Nothing when there is none, when the patch is more than a third of
/// the plane in either direction, or when there are fewer than five samples in it.
std::optional<Plane> plan_zoom(const Plane& plane, const PlaneFigure& figure);

}  // namespace infoplane::draw
