#pragma once

#include "report/canvas.h"

namespace infoplane::draw {

/// Colour for t in [0, 1] (clamped) on the viridis map (Smith and van der Walt, 2015): even steps
/// look even, also in grey print and to the colour-blind. The brightest ninth, yellow that a white
/// page swallows, is left out.
Colour viridis(double t);

}  // namespace infoplane::draw
