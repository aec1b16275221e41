#pragma once

#include <vector>

#include "report/figure.h"

/// The panels of `infoplane figure`, one function each; report/figure.cpp lists them. All throw
/// DataError when the runs have nothing to show there, UsageError when only the wanted split has
/// nothing.
namespace infoplane::panel {

/// A panel that is a plane. Throws DataError, by the name in `data`, when no sample can be drawn.
Figure figure_of(const PlaneFigure& plane, const std::string& title, Json data);

Figure plane(const std::vector<RunRecord>& runs, const FigureOptions& options);

/// One of kQuantities over the steps.
Figure quantity(const std::vector<RunRecord>& runs, const FigureOptions& options,
                std::size_t quantity);
template <std::size_t kQuantity>
Figure curve(const std::vector<RunRecord>& runs, const FigureOptions& options) {
  return quantity(runs, options, kQuantity);
}

/// The share of inversions that agree, of every run, beside its control.
Figure inversions(const std::vector<RunRecord>& runs, const FigureOptions& options);
/// The same share among the first samples.
Figure inversion_samples(const std::vector<RunRecord>& runs, const FigureOptions& options);

/// The last sample's classes; the mean over seeds where there are several.
Figure classes(const std::vector<RunRecord>& runs, const FigureOptions& options);
/// A path a class of one run.
Figure class_paths(const std::vector<RunRecord>& runs, const FigureOptions& options);
/// A path a layer; the mean over seeds where there are several, over the samples that all have.
Figure layers(const std::vector<RunRecord>& runs, const FigureOptions& options);

}  // namespace infoplane::panel
