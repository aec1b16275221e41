#pragma once

#include <string>

#include "data/catalog.h"
#include "data/dataset.h"

namespace infoplane {

/// What `stacked:COUNT:NAME` names.
struct StackedName {
  int count = 0;
  const KnownDataSet* of = nullptr;

  ImageKind kind() const;  ///< channels COUNT-fold, classes to the power of COUNT
};

/// Throws UsageError, saying what is expected, for a count that is no number from 2, one that makes
/// more than 65536 classes, and a data set that is not in the catalog.
StackedName parse_stacked(const std::string& name);

/// Images of `count` images of `set` each, one after the other as channels, and as classes the
/// combinations of theirs: of ten digits 100 by two and 1000 by three, which is the Stacked MNIST
/// of Metz et al. ("Unrolled generative adversarial networks", 2017).
///
/// Images  [C, H, W] become [count * C, H, W]; each split has as many as before
/// Labels  sum of label_i * classes^(count - 1 - i), in [0, classes^count)
/// Order   image n has image n as its first channels. Those after it go through the split in orders
///         of their own, so that each image is in each place once; they are the same for any seed
DataSet stack_images(DataSet set, int count);

}  // namespace infoplane
