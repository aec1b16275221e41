#include "data/arrays.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "data/npy.h"
#include "data/split.h"

namespace infoplane {

namespace {

constexpr std::int32_t kMostLabel = 65535;

Shape image_shape(const NpyArray& images) {
  const std::vector<std::int64_t>& shape = images.shape();
  switch (shape.size()) {
    case 2: return {shape[1]};
    case 3: return {1, shape[1], shape[2]};
    case 4: return {shape[1], shape[2], shape[3]};
    default:
      bad_file(images.path(), "images have shape " + images.shape_text() +
                                  ", expected (N, K), (N, H, W) or (N, C, H, W)");
  }
}

std::vector<std::int32_t> read_labels(const NpyArray& array) {
  if (array.size() != array.rows()) {
    bad_file(array.path(), "labels have shape " + array.shape_text() + ", expected (N,)");
  }
  std::vector<std::int32_t> labels = array.to_vector<std::int32_t>();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] > kMostLabel) {
      bad_file(array.path(), "label " + std::to_string(labels[i]) + " of image " +
                                 std::to_string(i) + " is out of range, expected 0 to " +
                                 std::to_string(kMostLabel));
    }
  }
  return labels;
}

/// Appends the images named by `order`, of type T, to `out`.
template <class T>
void gather(const NpyArray& images, std::span<const std::int64_t> order, std::vector<T>& out) {
  const std::int64_t size = images.row_size();
  const std::size_t count = order.size() * static_cast<std::size_t>(size);
  reserve_room(out, count, images.path(), std::to_string(order.size()) + " images",
               "take fewer with --limit");
  out.resize(count);
  T* to = out.data();
  for (const std::int64_t row : order) {
    images.copy_rows(row, 1, to);
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::all_of(to, to + size, [](T value) { return std::isfinite(value); })) {
        bad_file(images.path(), "image " + std::to_string(row) +
                                    " holds a NaN, or a value that no float32 holds; clean it");
      }
    }
    to += size;
  }
}

Split take(const NpyArray& images, const std::vector<std::int32_t>& labels,
           std::span<const std::int64_t> order) {
  Split split;
  if (images.is_floating()) {
    gather(images, order, split.values);
  } else {
    gather(images, order, split.pixels);
  }
  for (const std::int64_t row : order) {
    split.labels.push_back(labels[static_cast<std::size_t>(row)]);
  }
  return split;
}

/// A note of the classes without an image; none where each has some.
std::vector<std::string> notes_of(const std::filesystem::path& file,
                                  const std::vector<std::int32_t>& labels, int classes) {
  constexpr std::size_t kMost = 5;
  std::vector<bool> is_there(static_cast<std::size_t>(classes));
  for (const std::int32_t label : labels) {
    is_there[static_cast<std::size_t>(label)] = true;
  }
  std::string names;
  std::size_t empty = 0;
  for (std::size_t label = 0; label < is_there.size(); ++label) {
    if (!is_there[label] && ++empty <= kMost) {
      names += (empty == 1 ? "" : ", ") + std::to_string(label);
    }
  }
  if (empty == 0) {
    return {};
  }
  return {file.string() + " has no label " + names + (empty > kMost ? ", ..." : "") + ": " +
          std::to_string(empty) + " of " + std::to_string(classes) + " classes are empty"};
}

}  // namespace

DataSet load_arrays(const std::filesystem::path& images_file,
                    const std::filesystem::path& labels_file, const DataOptions& options) {
  const NpyArray images(images_file);
  const NpyArray labels_array(labels_file);
  DataSet set;
  set.image = image_shape(images);
  if (!images.is_floating() && (images.kind() != 'u' || images.item_bytes() != 1)) {
    bad_file(images_file,
             "images are of dtype '" + images.dtype() +
                 "', expected uint8, float16, float32 or float64; convert them with astype");
  }
  const std::vector<std::int32_t> labels = read_labels(labels_array);
  if (labels_array.rows() != images.rows()) {
    bad_file(labels_file, "holds " + std::to_string(labels_array.rows()) + " labels, but " +
                              images_file.string() + " holds " + std::to_string(images.rows()) +
                              " images; bring both from one data set");
  }
  if (images.rows() < 2) {
    bad_file(images_file, "holds one image, too few to train on some and validate on the others");
  }
  set.classes = *std::max_element(labels.begin(), labels.end()) + 1;
  if (set.classes < 2) {
    bad_file(labels_file, "every label is 0, but classifying takes two classes; check the labels");
  }
  for (int label = 0; label < set.classes; ++label) {
    set.class_names.push_back(std::to_string(label));
  }
  if (images.is_floating()) {
    set.scale = 1.0f;
  }
  const std::vector<std::int64_t> order = shuffled_order(images.rows(), options.seed);
  const std::int64_t share = training_share(images.rows());
  const std::int64_t limit = options.limit.value_or(images.rows());
  const auto first = [&](std::span<const std::int64_t> part) {
    return part.first(std::min(part.size(), static_cast<std::size_t>(limit)));
  };
  const std::span<const std::int64_t> all(order);
  set.train = take(images, labels, first(all.first(static_cast<std::size_t>(share))));
  set.validation = take(images, labels, first(all.subspan(static_cast<std::size_t>(share))));
  set.notes = notes_of(labels_file, labels, set.classes);
  set.files = {images_file, labels_file};
  return set;
}

}  // namespace infoplane
