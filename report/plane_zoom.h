#pragma once

#include <optional>

#include "report/plane_paths.h"

namespace infoplane::draw {

/// A second plane inside `plane`, magnifying where the last nine tenths of each path's samples
/// lie: fitting is a few long steps at the start, and the rest of a run, compression, a small
/// patch. Nothing when the patch is more than a third of the plane in either direction, when there
/// are fewer than five samples in it, or when a sample lies where the inset would be.
std::optional<Plane> plan_zoom(const Plane& plane, const PlaneFigure& figure);

}  // namespace infoplane::draw
