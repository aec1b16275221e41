#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/catalog.h"

namespace infoplane {

/// One folder that data are looked for in.
struct DataFolder {
  std::filesystem::path path;
  std::string origin;   ///< "--data-dir", "$INFOPLANE_DATA", "cache" or "system"
  bool itself = false;  ///< for --data-dir: the files may also lie in the folder itself
};

/// Where data are looked for, in order: --data-dir, $INFOPLANE_DATA, the user's cache folder
/// ($XDG_CACHE_HOME or ~/.cache, there infoplane/) and /usr/share/datasets. What is unset is left
/// out.
std::vector<DataFolder> data_folders(const std::filesystem::path& data_dir);

/// The first of data_folders() that is the user's own: where `infoplane data get` puts things.
/// Throws UsageError when there is none.
std::filesystem::path destination_folder(const std::filesystem::path& data_dir);

/// A data set's files, found.
struct LocatedFiles {
  std::filesystem::path folder;
  std::vector<std::filesystem::path> files;  ///< one a slot, empty for an optional one not there
};

/// The official name of the first required file that `folder` lacks; empty when it has them all.
std::string missing_file(const std::filesystem::path& folder, const KnownDataSet& known);

/// Why `folder` has no complete data set: "lacks train-images-idx3-ubyte", or "cannot be looked
/// into: Permission denied".
std::string what_is_missing(const std::filesystem::path& folder, const KnownDataSet& known);

/// The files of a data set in exactly this folder, or nothing when a required one is missing.
std::optional<LocatedFiles> files_in(const std::filesystem::path& folder,
                                     const KnownDataSet& known);

/// Another data set than `known` that the folder is named after, as it is written or where links,
/// "." and ".." lead; or nothing. MNIST and Fashion-MNIST have the same file names: only their
/// folders tell them apart.
const KnownDataSet* other_owner(const std::filesystem::path& folder, const KnownDataSet& known);

/// The first complete set of files in the places where it may lie below `folder`; and in `folder`
/// itself when `itself` is set, unless it has an other_owner().
std::optional<LocatedFiles> files_below(const std::filesystem::path& folder, bool itself,
                                        const KnownDataSet& known);

/// The first complete set of files in data_folders(), or nothing. Throws DataError on the way for a
/// folder that the user named, by --data-dir or $INFOPLANE_DATA, and that is not there.
std::optional<LocatedFiles> find_files(const KnownDataSet& known,
                                       const std::filesystem::path& data_dir);

/// What keeps found files from being the whole data set, as far as their sizes tell, and what to
/// do: "damaged or in part; 'infoplane data get mnist' replaces it", with --data-dir where it was
/// searched; empty when nothing does. Little of them is read.
std::string flaw_of(const LocatedFiles& located, const KnownDataSet& known,
                    const std::filesystem::path& data_dir);

/// As find_files(), but throws a DataError that says where it looked and how to get the data.
LocatedFiles require_files(const KnownDataSet& known, const std::filesystem::path& data_dir);

/// The user's own var_u.mat of the 12-bit task, in data_folders() or their tishby/, or nothing.
/// Throws as find_files().
std::optional<std::filesystem::path> find_var_u(const std::filesystem::path& data_dir);

}  // namespace infoplane
