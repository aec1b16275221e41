#include "data/arrays.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <sstream>
#include <string>
#include <utility>

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

/// Images and their labels, each checked for itself and against each other.
struct Arrays {
  NpyArray images;
  std::vector<std::int32_t> labels;
  Shape image;

  std::int64_t rows() const { return images.rows(); }
};

Arrays read_arrays(const ArrayFiles& files) {
  NpyArray images(files.images);
  const NpyArray labels_array(files.labels);
  const Shape image = image_shape(images);
  if (!images.is_floating() && (images.kind() != 'u' || images.item_bytes() != 1)) {
    bad_file(files.images,
             "images are of dtype '" + images.dtype() +
                 "', expected uint8, float16, float32 or float64; convert them with astype");
  }
  std::vector<std::int32_t> labels = read_labels(labels_array);
  if (labels_array.rows() != images.rows()) {
    bad_file(files.labels, "holds " + std::to_string(labels_array.rows()) + " labels, but " +
                               files.images.string() + " holds " + std::to_string(images.rows()) +
                               " images; bring both from one data set");
  }
  return {std::move(images), std::move(labels), image};
}

/// Throws unless the network that trains on some can be asked for the others.
void require_alike(const Arrays& training, const Arrays& validation,
                   const std::filesystem::path& labels_file, int classes) {
  const NpyArray& images = validation.images;
  const std::string theirs = ", but the training images, " + training.images.path().string();
  if (validation.image != training.image) {
    bad_file(images.path(), "images have shape " + images.shape_text() + theirs + ", " +
                                training.images.shape_text() + "; bring images of one size");
  }
  if (images.is_floating() != training.images.is_floating()) {
    bad_file(images.path(), "images are of dtype '" + images.dtype() + "'" + theirs + ", of '" +
                                training.images.dtype() +
                                "': uint8 is divided by 255, floats are used as they are; convert "
                                "one of them");
  }
  for (std::size_t i = 0; i < validation.labels.size(); ++i) {
    if (validation.labels[i] >= classes) {
      bad_file(labels_file, "label " + std::to_string(validation.labels[i]) + " of image " +
                                std::to_string(i) + " is a class that the training labels, 0 to " +
                                std::to_string(classes - 1) + ", lack; check the labels");
    }
  }
}

/// The images that `order` begins with, as many as the limit lets through.
Split take(const Arrays& from, std::span<const std::int64_t> order, const DataOptions& options) {
  if (options.limit) {
    order = order.first(std::min(order.size(), static_cast<std::size_t>(*options.limit)));
  }
  Split split;
  if (from.images.is_floating()) {
    gather(from.images, order, split.values);
  } else {
    gather(from.images, order, split.pixels);
  }
  for (const std::int64_t row : order) {
    split.labels.push_back(from.labels[static_cast<std::size_t>(row)]);
  }
  split.sources.rows.assign(order.begin(), order.end());
  return split;
}

/// Notes values far from what networks are made for: most often pixels that nobody has scaled.
void note_far_values(const NpyArray& images, const Split& split, DataSet& set) {
  constexpr float kFar = 16.0f;
  const auto [least, most] = std::minmax_element(split.values.begin(), split.values.end());
  if (!split.values.empty() && std::max(-*least, *most) > kFar) {
    std::ostringstream range;
    range << *least << " to " << *most;
    set.notes.push_back(images.path().string() + ": values of " + range.str() +
                        " are used as they are, far beyond -1 to 1; scale them, or save pixels as "
                        "uint8, which are divided by 255");
  }
}

void note_channels_last(const NpyArray& images, DataSet& set) {
  if (is_channels_last(images.shape())) {
    set.notes.push_back(images.path().string() + ": images of shape " + images.shape_text() +
                        " are taken as (N, H, W, C), with their channels last");
  }
}

}  // namespace

DataSet load_arrays(const ArrayFiles& training_files,
                    const std::optional<ArrayFiles>& validation_files, const DataOptions& options) {
  const Arrays training = read_arrays(training_files);
  if (training.rows() < 2 && !validation_files) {
    bad_file(training_files.images,
             "holds one image, too few to train on some and validate on the others");
  }
  DataSet set;
  set.image = training.image;
  set.classes = *std::max_element(training.labels.begin(), training.labels.end()) + 1;
  if (set.classes < 2) {
    bad_file(training_files.labels,
             "every label is 0, but classifying takes two classes; check the labels");
  }
  for (int label = 0; label < set.classes; ++label) {
    set.class_names.push_back(std::to_string(label));
  }
  if (training.images.is_floating()) {
    set.scale = 1.0f;
  }
  note_channels_last(training.images, set);
  set.files = {training_files.images, training_files.labels};
  const std::vector<std::int64_t> order = shuffled_order(training.rows(), options.seed);
  const std::span<const std::int64_t> all(order);
  if (validation_files) {
    const Arrays validation = read_arrays(*validation_files);
    require_alike(training, validation, validation_files->labels, set.classes);
    note_channels_last(validation.images, set);
    set.files.insert(set.files.end(), {validation_files->images, validation_files->labels});
    set.train = take(training, all, options);
    set.validation = take(validation, given_order(validation.rows(), options), options);
    note_far_values(validation.images, set.validation, set);
  } else {
    const auto share = static_cast<std::size_t>(training_share(training.rows()));
    set.train = take(training, all.first(share), options);
    set.validation = take(training, all.subspan(share), options);
  }
  note_far_values(training.images, set.train, set);
  return set;
}

}  // namespace infoplane
