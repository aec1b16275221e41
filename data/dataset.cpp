#include "data/dataset.h"

#include <algorithm>
#include <new>
#include <numeric>
#include <stdexcept>
#include <string_view>

#include "core/data_name.h"
#include "core/error.h"
#include "core/nearest.h"
#include "data/arrays.h"
#include "data/catalog.h"
#include "data/digest.h"
#include "data/image_folder.h"
#include "data/locate.h"
#include "data/split.h"
#include "data/stacked.h"
#include "data/tishby.h"

namespace infoplane {

namespace {

DataSet load_known(const KnownDataSet& known, const DataOptions& options) {
  const LocatedFiles located = require_files(known, options.data_dir);
  DataSet set = read_known(known, located.files);
  if (const std::string other = other_than_official(known, set); !other.empty()) {
    set.notes.push_back(known.name + " has " + other + " in " + located.folder.string());
  }
  return set;
}

DataSet load_folder(const std::string& folder, const DataOptions& options) {
  if (folder.empty()) {
    throw UsageError("data set 'folder:' must be folder:PATH");
  }
  return load_image_folder(folder, options);
}

DataSet load_npy(const std::string& names, const DataOptions& options) {
  const std::vector<std::string> files = array_files(names);
  if (files.empty() || std::any_of(files.begin(), files.end(),
                                   [](const std::string& file) { return file.empty(); })) {
    throw UsageError("data set 'npy:" + names +
                     "' must be npy:IMAGES.npy,LABELS.npy, with or without "
                     ",VALIDATION_IMAGES.npy,VALIDATION_LABELS.npy behind");
  }
  const ArrayFiles training{files[0], files[1]};
  return files.size() == 2 ? load_arrays(training, std::nullopt, options)
                           : load_arrays(training, ArrayFiles{files[2], files[3]}, options);
}

[[noreturn]] void unknown_name(const std::string& name) {
  std::vector<std::string> names = dataset_names();
  names.insert(names.end(), {"stacked:COUNT:NAME", "folder:PATH",
                             "npy:IMAGES,LABELS[,VALIDATION_IMAGES,VALIDATION_LABELS]"});
  throw UsageError("unknown data set '" + name + "'; " + suggestion(name, names));
}

DataSet load_by_name(const std::string& name, const DataOptions& options) {
  if (const KnownDataSet* known = find_known(name)) {
    return load_known(*known, options);
  }
  if (name == kTishbyName) {
    return load_tishby(find_var_u(options.data_dir), options);
  }
  if (name.starts_with(kStackedPrefix)) {
    const StackedName stacked = parse_stacked(name);
    return stack_images(load_known(*stacked.of, options), stacked.count);
  }
  if (name.starts_with(kFolderPrefix)) {
    return load_folder(name.substr(kFolderPrefix.size()), options);
  }
  if (name.starts_with(kArraysPrefix)) {
    return load_npy(name.substr(kArraysPrefix.size()), options);
  }
  unknown_name(name);
}

/// Numbers the images of a split whose reader did not say where they come from.
void number_rows(Split& split) {
  Sources& sources = split.sources;
  if (sources.rows.empty() && sources.files.empty()) {
    sources.rows.resize(split.labels.size());
    std::iota(sources.rows.begin(), sources.rows.end(), std::int64_t{0});
  }
}

DataSet load_unlimited(const std::string& name, const DataOptions& options) {
  try {
    DataSet set = load_by_name(name, options);
    number_rows(set.train);
    number_rows(set.validation);
    return set;
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  throw DataError("data set '" + name +
                  "' takes more memory than there is; free some, or bring fewer images");
}

void keep_only_classes(int classes, DataSet& set) {
  if (classes < 2 || classes > set.classes) {
    throw UsageError("classes is " + std::to_string(classes) + ", but data set '" + set.name +
                     "' has 2 to " + std::to_string(set.classes) + " to choose from");
  }
  set.classes = classes;
  if (std::ssize(set.class_names) > classes) {
    set.class_names.resize(static_cast<std::size_t>(classes));
  }
  keep_classes(classes, set.image.numel(), set.train);
  keep_classes(classes, set.image.numel(), set.validation);
}

/// A note of the classes that have no image to train on; none where each has some.
void note_empty_classes(DataSet& set) {
  constexpr std::size_t kMost = 5;
  std::vector<bool> is_there(static_cast<std::size_t>(set.classes));
  for (const std::int32_t label : set.train.labels) {
    is_there[static_cast<std::size_t>(label)] = true;
  }
  std::string names;
  std::size_t empty = 0;
  for (std::size_t label = 0; label < is_there.size(); ++label) {
    if (!is_there[label] && ++empty <= kMost) {
      names += (empty == 1 ? "" : ", ") + set.class_names.at(label);
    }
  }
  if (empty > 0) {
    set.notes.push_back(set.name + " has no training image of class " + names +
                        (empty > kMost ? ", ..." : "") + ": " + std::to_string(empty) + " of " +
                        std::to_string(set.classes) + " classes are empty");
  }
}

}  // namespace

void require_dataset(const std::string& name, const DataOptions& options) {
  if (const KnownDataSet* known = find_known(name)) {
    require_files(*known, options.data_dir);
  } else if (name.starts_with(kStackedPrefix)) {
    require_files(*parse_stacked(name).of, options.data_dir);
  } else if (name != kTishbyName && !name.starts_with(kFolderPrefix) &&
             !name.starts_with(kArraysPrefix)) {
    unknown_name(name);
  }
}

std::optional<ImageKind> known_kind(const std::string& name) {
  if (const KnownDataSet* known = find_known(name)) {
    return ImageKind{known->image, known->classes};
  }
  if (name.starts_with(kStackedPrefix)) {
    return parse_stacked(name).kind();
  }
  return name == kTishbyName ? std::optional(ImageKind{{12}, 2}) : std::nullopt;
}

ImageKind image_kind(const std::string& name, const DataOptions& options) {
  if (const std::optional<ImageKind> known = known_kind(name)) {
    return *known;
  }
  DataOptions one = options;
  one.limit = 1;
  const DataSet set = load_dataset(name, one);
  return {set.image, set.classes};
}

DataSet load_dataset(const std::string& name, const DataOptions& options) {
  if (options.limit && *options.limit < 1) {
    throw UsageError("--limit is " + std::to_string(*options.limit) +
                     ", but at least one image is needed; give 1 or more, or leave it out");
  }
  DataOptions whole = options;
  if (options.classes) {
    whole.limit.reset();  // of what is left
  }
  DataSet set = load_unlimited(name, whole);
  set.name = name;
  if (options.classes) {
    keep_only_classes(*options.classes, set);
  }
  if (options.limit) {
    keep_first(*options.limit, set.image.numel(), set.train);
    keep_first(*options.limit, set.image.numel(), set.validation);
  }
  note_empty_classes(set);
  set.sha256 = sha256_of(set);
  return set;
}

}  // namespace infoplane
