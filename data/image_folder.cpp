#include "data/image_folder.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <system_error>

#include "data/file.h"
#include "data/image_file.h"
#include "data/split.h"

namespace infoplane {

namespace fs = std::filesystem;

namespace {

struct LabelledFile {
  fs::path file;
  std::int32_t label = 0;
};

/// Entries of a folder for which `keep` holds, sorted by name; hidden ones are left out.
template <class Keep>
std::vector<fs::path> entries(const fs::path& folder, Keep keep) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->path().filename().string().starts_with('.') && keep(entry->path())) {
      paths.push_back(entry->path());
    }
  }
  if (error) {
    bad_file(folder, "cannot be listed: " + error.message());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Whether there is a folder of that name. Throws DataError when that cannot be told.
bool has_folder(const fs::path& path) {
  if (const std::string why = why_hidden(path); !why.empty()) {
    bad_file(path, "cannot be looked into: " + why + "; check the path and its permissions");
  }
  return is_folder(path);
}

bool is_image(const fs::path& path) { return is_image_name(path) && !is_folder(path); }
bool is_any(const fs::path&) { return true; }

std::vector<std::string> class_names(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& path : entries(folder, is_folder)) {
    names.push_back(path.filename().string());
  }
  return names;
}

/// What became of files that are not simply read.
struct Odd {
  std::int64_t resized = 0;
  std::int64_t recoloured = 0;
  std::int64_t left_out = 0;  // no images, by their names
  std::int64_t folders = 0;   // in those of the classes
  std::int64_t loose = 0;     // images beside those
};

/// The images of every class below `folder`, class by class.
std::vector<LabelledFile> list_images(const fs::path& folder,
                                      const std::vector<std::string>& classes, Odd& odd) {
  std::vector<LabelledFile> files;
  for (const std::string& name : class_names(folder)) {
    const auto known = std::find(classes.begin(), classes.end(), name);
    if (known == classes.end()) {
      bad_file(folder / name, "is a class that the training images lack; add or remove it");
    }
    const std::size_t before = files.size();
    for (const fs::path& path : entries(folder / name, is_any)) {
      if (is_folder(path)) {
        ++odd.folders;
      } else if (is_image_name(path)) {
        files.push_back({path, static_cast<std::int32_t>(known - classes.begin())});
      } else {
        ++odd.left_out;
      }
    }
    if (files.size() == before) {
      bad_file(folder / name, "holds no PNG, JPEG, BMP, PGM or PPM image; add some or remove it");
    }
  }
  if (files.empty()) {
    bad_file(folder, "holds no class folders with images");
  }
  odd.loose += std::ssize(entries(folder, is_image));
  return files;
}

std::vector<LabelledFile> in_order(const std::vector<LabelledFile>& files,
                                   const std::vector<std::int64_t>& order) {
  std::vector<LabelledFile> result;
  for (const std::int64_t i : order) {
    result.push_back(files[static_cast<std::size_t>(i)]);
  }
  return result;
}

/// Reads the first `limit` files as images of the set's shape.
Split read_images(const fs::path& folder, const std::vector<LabelledFile>& files,
                  std::int64_t limit, const Shape& image, Odd& odd) {
  const auto count = std::min(files.size(), static_cast<std::size_t>(limit));
  const auto size = static_cast<std::size_t>(image.numel());
  Split split;
  split.pixels = room_for_images(folder, count, image);
  for (std::size_t i = 0; i < count; ++i) {
    const auto changes = read_image(files[i].file, image, split.pixels.data() + i * size);
    odd.resized += changes.resized ? 1 : 0;
    odd.recoloured += changes.recoloured ? 1 : 0;
    split.labels.push_back(files[i].label);
    split.sources.files.push_back(files[i].file.lexically_relative(folder).string());
  }
  return split;
}

/// What a user should know of the files that were not simply read.
std::vector<std::string> notes_of(const Odd& odd, const DataSet& set, const fs::path& first) {
  const std::string of_all =
      " of " + std::to_string(set.train.size() + set.validation.size()) + " images were ";
  std::vector<std::string> notes;
  if (odd.resized > 0) {
    notes.push_back(std::to_string(odd.resized) + of_all + "resized to " + set.image.to_string() +
                    ", the shape of the first, " + first.string());
  }
  if (odd.recoloured > 0) {
    const bool to_grey = set.image[0] == 1;
    notes.push_back(std::to_string(odd.recoloured) + of_all + "converted to " +
                    (to_grey ? "grey" : "colours") + ", as the first, " + first.string() +
                    (to_grey ? ", is grey" : ", has them"));
  }
  if (odd.left_out > 0) {
    notes.push_back("files left out, as they are named like no image (PNG, JPEG, BMP, PGM, PPM): " +
                    std::to_string(odd.left_out));
  }
  if (odd.folders > 0) {
    notes.push_back("folders in those of the classes, whose images are left out: " +
                    std::to_string(odd.folders));
  }
  if (odd.loose > 0) {
    notes.push_back("images left out, as they lie beside the folders of the classes: " +
                    std::to_string(odd.loose));
  }
  return notes;
}

std::optional<fs::path> validation_folder(const fs::path& folder) {
  for (const char* name : {"validation", "val", "test"}) {
    if (has_folder(folder / name)) {
      return folder / name;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::uint8_t> room_for_images(const fs::path& folder, std::size_t count,
                                          const Shape& shape) {
  const std::uint64_t bytes = count * static_cast<std::uint64_t>(shape.numel());
  std::vector<std::uint8_t> pixels;
  reserve_room(pixels, bytes, folder, std::to_string(count) + " images of " + shape.to_string(),
               "take fewer with --limit, or make them smaller");
  pixels.resize(bytes);
  return pixels;
}

DataSet load_image_folder(const fs::path& folder, const DataOptions& options) {
  if (!has_folder(folder)) {
    bad_file(folder, "no such folder; name one with a sub-folder of images a class");
  }
  const std::optional<fs::path> validation = validation_folder(folder);
  const bool split_by_folders = validation && has_folder(folder / "train");
  const fs::path train = split_by_folders ? folder / "train" : folder;

  DataSet set;
  set.files = {folder};  // not each image: run.json and reports would grow by megabytes
  set.class_names = class_names(train);
  set.classes = static_cast<int>(set.class_names.size());
  if (set.classes < 2) {
    bad_file(train, "holds " + std::to_string(set.classes) +
                        " sub-folders, but classifying takes two: one for the images of each "
                        "class");
  }
  Odd odd;
  std::vector<LabelledFile> train_files = list_images(train, set.class_names, odd);
  const fs::path first = train_files.front().file;
  set.image = image_shape(first);
  train_files = in_order(train_files, shuffled_order(std::ssize(train_files), options.seed));
  std::vector<LabelledFile> validation_files;
  if (split_by_folders) {
    validation_files = list_images(*validation, set.class_names, odd);
    validation_files =
        in_order(validation_files, given_order(std::ssize(validation_files), options));
  } else {
    const auto share = training_share(std::ssize(train_files));
    validation_files.assign(train_files.begin() + share, train_files.end());
    train_files.resize(static_cast<std::size_t>(share));
  }
  const std::int64_t limit = options.limit.value_or(std::numeric_limits<std::int64_t>::max());
  set.train = read_images(folder, train_files, limit, set.image, odd);
  set.validation = read_images(folder, validation_files, limit, set.image, odd);
  set.notes = notes_of(odd, set, first);
  return set;
}

}  // namespace infoplane
