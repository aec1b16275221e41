#pragma once

#include <cstdint>
#include <optional>

#include "data/dataset.h"

namespace infoplane {

/// The label of a 12-bit pattern in the task of Shwartz-Ziv and Tishby ("Opening the black box of
/// deep neural networks via information", 2017), as this program defines it.
///
/// The bits (the highest one first) are points at the vertices of an icosahedron on the unit
/// sphere, present or absent. With n the number of present points and r the length of their sum,
/// the label is 1 where n + r > 7.63. n and r are the amplitudes of the pattern's spherical
/// harmonics of degrees 0 and 1, so no rotation changes the label. The threshold lies between the
/// values 7.563 and 7.701 that occur, and makes 2118 of the 4096 patterns positive.
int tishby_label(std::uint32_t pattern);

/// The 12-bit task: inputs [12] of 0 and 1, two classes.
///
/// Training    80% of the 4096 patterns, in an order drawn from the seed
/// Validation  all 4096 patterns in ascending order: the plane of this task is measured over the
///             whole of X, so this split holds the training patterns too
///
/// `own_file` is the user's own var_u.mat (F [4096, 12] and y [1, 4096]), whose labels then replace
/// the generated ones. Throws DataError when it holds something else.
DataSet load_tishby(const std::optional<std::filesystem::path>& own_file,
                    const DataOptions& options);

}  // namespace infoplane
