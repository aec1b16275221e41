#pragma once

#include "report/canvas.h"

namespace infoplane::draw {

/// Colour for t in [0, 1] (clamped) on the viridis map (Smith and van der Walt, 2015): even steps
/// look even, also in grey print and to the colour-blind. The bright end, which a white page
/// swallows, is left out, as in page/plot.js.
Colour viridis(double t);

}  // namespace infoplane::draw
