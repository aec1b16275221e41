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

bool is_grey_or_colour(std::int64_t channels) { return channels == 1 || channels == 3; }

/// Whether the images have their colours last, as only the extents can say.
bool is_channels_last(const std::vector<std::int64_t>& shape) {
  return shape.size() == 4 && is_grey_or_colour(shape[3]) && !is_grey_or_colour(shape[1]);
}

Shape image_shape(const NpyArray& images) {
  const std::vector<std::int64_t>& shape = images.shape();
  if (is_channels_last(shape)) {
    return {shape[3], shape[1], shape[2]};
  }
  switch (shape.size()) {
    case 2: return {shape[1]};
    case 3: return {1, shape[1], shape[2]};
    case 4: return {shape[1], shape[2], shape[3]};
    default:
      bad_file(images.path(), "images have shape " + images.shape_text() +
                                  ", expected (N, K), (N, H, W), (N, C, H, W) or (N, H, W, C)");
  }
}

/// [H * W, C] to [C, H * W], in place.
template <class T>
void put_channels_first(std::int64_t channels, std::span<T> image) {
  const std::vector<T> last(image.begin(), image.end());
  const std::size_t count = static_cast<std::size_t>(channels);
  const std::size_t pixels = image.size() / count;
  for (std::size_t i = 0; i < image.size(); ++i) {
    image[i] = last[i % pixels * count + i / pixels];
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
  const bool channels_last = is_channels_last(images.shape());
  for (const std::int64_t row : order) {
    images.copy_rows(row, 1, to);
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::all_of(to, to + size, [](T value) { return std::isfinite(value); })) {
        bad_file(images.path(), "image " + std::to_string(row) +
                                    " holds a NaN, or a value that no float32 holds; clean it");
      }
    }
    if (channels_last) {
      put_channels_first(images.shape()[3], std::span(to, static_cast<std::size_t>(size)));
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
  split.sources.rows.assign(order.begin(), order.end());
  return split;
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
  if (is_channels_last(images.shape())) {
    set.notes.push_back(images_file.string() + ": images of shape " + images.shape_text() +
                        " are taken as (N, H, W, C), with their channels last");
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
  set.files = {images_file, labels_file};
  return set;
}

}  // namespace infoplane
