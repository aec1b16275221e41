#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace infoplane {

/// A file on its publisher's servers.
struct Remote {
  std::string file;               ///< its name, without folders
  std::string sha256;             ///< in lower-case hexadecimal
  std::vector<std::string> urls;  ///< complete addresses, tried in order
};

/// One file that a data set is read from, under any of its usual names.
struct FileSlot {
  std::vector<std::string> names;  ///< the official one first
  bool required = true;
  std::uint64_t bytes = 0;  ///< of the official file, unpacked; 0: not said
};

/// A data set that comes in files of a known format and name.
struct KnownDataSet {
  std::string name;
  std::string about;  ///< what it shows, in a few words
  Shape image;
  int classes = 0;
  std::int64_t train_images = 0;
  std::int64_t validation_images = 0;
  std::string advice;                ///< how to get it: the rest of "not found; ..."
  std::vector<std::string> folders;  ///< where it lies below a data folder, the best first
  std::vector<FileSlot> slots;
  std::vector<Remote> downloads;

  /// Reads the files (one a slot, empty where an optional one is not there) into `set`: everything
  /// but name, sha256 and files.
  void (*read)(const KnownDataSet& known, const std::vector<std::filesystem::path>& files,
               DataSet& set) = nullptr;
};

/// The command that brings it, with what this build needs for it: "infoplane data get mnist".
std::string command_to_get(const KnownDataSet& known);

/// mnist, fashion-mnist, cifar10 and cifar100.
const std::vector<KnownDataSet>& catalog();

/// The entry of that name, or nothing.
const KnownDataSet* find_known(const std::string& name);

/// Reads the files of a data set, as located (data/locate.h): everything but the digest. Throws
/// DataError for files that are damaged.
DataSet read_known(const KnownDataSet& known, const std::vector<std::filesystem::path>& files);

/// What differs where these are not the images that the data set has, by their shape and counts:
/// "60000 training and 10000 validation images, but there are 256 and 100"; empty where nothing
/// does.
std::string other_than_official(const KnownDataSet& known, const DataSet& set);

/// Names of all data sets that need no argument: the catalog's and tishby.
std::vector<std::string> dataset_names();

/// Of those that lie in files, so that there is something to get.
std::vector<std::string> known_names();

}  // namespace infoplane
