#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/shape.h"

namespace infoplane {

/// Where each of N images comes from. Of data that load_dataset() gave, one of the two is filled.
struct Sources {
  /// [N] row in the user's array; in the official files one after the other; of tishby the pattern
  std::vector<std::int64_t> rows;
  std::vector<std::string> files;  ///< [N] path below the user's folder
};

/// Images and labels of one split, in host memory: official ones in the order of their files, the
/// user's own in the order that is drawn of them (data/arrays.h, data/image_folder.h).
struct Split {
  /// [N, C * H * W] pixels, each image C, H, W row-major. Exactly one of the two is filled.
  std::vector<std::uint8_t> pixels;
  std::vector<float> values;
  std::vector<std::int32_t> labels;  ///< [N], each in [0, classes)
  Sources sources;

  std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
};

/// A data set ready for training: what the network sees is scale * stored.
struct DataSet {
  std::string name;  ///< as given on the command line
  Shape image;       ///< [C, H, W], or [K] for vectors
  int classes = 0;
  std::vector<std::string> class_names;
  float scale = 1.0f / 255.0f;
  Split train;
  Split validation;    ///< the official test split where there is one
  std::string sha256;  ///< of both splits' shape, images and labels, in hexadecimal
  std::vector<std::filesystem::path> files;  ///< or folder, read from; empty when generated
  std::vector<std::string> notes;            ///< what a user should know of how they were read
};

/// What a network must know of a data set.
struct ImageKind {
  Shape image;
  int classes = 0;
};

struct DataOptions {
  std::filesystem::path data_dir;  ///< --data-dir: searched first, unless empty
  /// The first N training and the first N validation images, of those of `classes`: N that are
  /// drawn where the order is.
  std::optional<std::int64_t> limit;
  std::optional<int> classes;  ///< only the images of the first C classes
  std::uint64_t seed = 0;      ///< for what is drawn (of tishby, folders, arrays)
};

/// Loads `mnist`, `fashion-mnist`, `cifar10`, `cifar100`, `tishby`, `stacked:COUNT:NAME` of one of
/// the first four, `folder:PATH`, `npy:IMAGES,LABELS` or the same with
/// `,VALIDATION_IMAGES,VALIDATION_LABELS`. Throws UsageError for an unknown name
/// (with the nearest known one) and DataError, naming the file and what to do, for data that are
/// missing or damaged.
DataSet load_dataset(const std::string& name, const DataOptions& options);

/// Throws what load_dataset() throws for an unknown name or for files of a known data set that are
/// not there, without reading them.
void require_dataset(const std::string& name, const DataOptions& options);

/// Of a data set whose shape is known without its files: all but folders and arrays. Throws
/// UsageError for a stack that cannot be.
std::optional<ImageKind> known_kind(const std::string& name);

/// Of any data set; those whose name does not say it are read. Throws as load_dataset().
ImageKind image_kind(const std::string& name, const DataOptions& options);

}  // namespace infoplane
