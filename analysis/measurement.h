#pragma once

#include <span>
#include <vector>

#include "analysis/information.h"
#include "core/joint_counts.h"

namespace infoplane {

/// One point of the information plane with the counts behind it, for estimators and controls.
struct Measurement {
  Information information;
  std::vector<JointCell> cells;  ///< n(t, y), ordered by symbol, then by label
  double t_alphabet = 0.0;       ///< values that T could take; infinite where nobody can say
};

/// Tuples of C bins that a softmax output can have unless a probability lies on an edge: those with
/// a sum from B - C + 1 to B - 1, as the parts that C floors leave out add up to more than nothing
/// and less than C. About half of the binom(B + C, C) tuples with a sum of at most B.
double tuple_alphabet(int classes, int bins);

/// The plane of a table of cells (ordered by symbol): rows, symbols, entropies and the planes of
/// single classes. What cells do not tell is left at zero: rejected rows, accuracy, loss. Labels
/// are in [0, classes).
Information information_of_cells(std::span<const JointCell> cells, int classes, int bins);

}  // namespace infoplane
