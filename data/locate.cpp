#include "data/locate.h"

#include <algorithm>
#include <system_error>

#include "core/error.h"
#include "core/shell_quoted.h"
#include "core/user_cache.h"
#include "data/file.h"
#include "data/gzip.h"

namespace infoplane {

namespace fs = std::filesystem;

namespace {

/// The slot's file in `folder` under the first of its names; empty when there is none.
fs::path file_of(const FileSlot& slot, const fs::path& folder) {
  for (const std::string& name : slot.names) {
    if (is_file(folder / name)) {
      return folder / name;
    }
  }
  return {};
}

/// Whether the user named the folder, by option or by variable.
bool is_named(const DataFolder& folder) {
  return folder.origin.starts_with('-') || folder.origin.starts_with('$');
}

/// Throws DataError when the user named a folder that is not there.
void require_there(const DataFolder& folder) {
  if (is_named(folder) && !is_folder(folder.path)) {
    const std::string why = why_hidden(folder.path);
    throw DataError(folder.path.string() + " (" + folder.origin +
                    "): " + (why.empty() ? "no such folder" : "cannot be looked into: " + why) +
                    "; correct the path, or leave " + folder.origin + " out");
  }
}

/// What the search saw in a folder: "FOLDER (--data-dir)", or the file that an incomplete copy
/// lacks.
std::string describe(const DataFolder& folder, const KnownDataSet& known) {
  const std::string why = why_hidden(folder.path);
  const std::string remark = is_named(folder) ? folder.origin
                             : why.empty()    ? ""
                                              : "cannot be looked into: " + why;
  const std::string text = folder.path.string() + (remark.empty() ? "" : " (" + remark + ")");
  if (!is_folder(folder.path)) {
    return text;
  }
  for (const std::string& name : known.folders) {
    const fs::path place = folder.path / name;
    if (is_folder(place) || !why_hidden(place).empty()) {
      return text + " (its " + name + " " + what_is_missing(place, known) + ")";
    }
  }
  return text;
}

/// Whether a folder has the name of one that the data set lies in, as "FashionMNIST" or
/// "FashionMNIST/raw".
bool is_named_after(const fs::path& folder, const KnownDataSet& known) {
  const std::string path = "/" + folder.string();
  return std::any_of(known.folders.begin(), known.folders.end(), [&](const fs::path& place) {
    return folder.filename() == *place.begin() || path.ends_with("/" + place.string());
  });
}

}  // namespace

std::vector<DataFolder> data_folders(const fs::path& data_dir) {
  std::vector<DataFolder> folders = {
      {data_dir, "--data-dir", true},
      {path_from_environment("INFOPLANE_DATA"), "$INFOPLANE_DATA"},
      {user_cache(), "cache"},
      {"/usr/share/datasets", "system"},
  };
  std::erase_if(folders, [](const DataFolder& folder) { return folder.path.empty(); });
  return folders;
}

fs::path destination_folder(const fs::path& data_dir) {
  const DataFolder first = data_folders(data_dir).front();
  if (first.origin == "system") {
    throw UsageError("no folder to put data in, for HOME is not set; name one with --data-dir");
  }
  return first.path;
}

std::string what_is_missing(const fs::path& folder, const KnownDataSet& known) {
  const std::string file = missing_file(folder, known);
  const std::string why = why_hidden(folder / file);
  return why.empty() ? "lacks " + file : "cannot be looked into: " + why;
}

std::string missing_file(const fs::path& folder, const KnownDataSet& known) {
  for (const FileSlot& slot : known.slots) {
    if (slot.required && file_of(slot, folder).empty()) {
      return slot.names.front();
    }
  }
  return "";
}

std::optional<LocatedFiles> files_in(const fs::path& folder, const KnownDataSet& known) {
  if (!missing_file(folder, known).empty()) {
    return std::nullopt;
  }
  LocatedFiles located{folder, {}};
  for (const FileSlot& slot : known.slots) {
    located.files.push_back(file_of(slot, folder));
  }
  return located;
}

const KnownDataSet* other_owner(const fs::path& folder, const KnownDataSet& known) {
  std::error_code ignored;
  const fs::path written = (folder / "").lexically_normal().parent_path();
  for (const fs::path& path : {fs::weakly_canonical(folder, ignored), written}) {
    const auto owner =
        std::find_if(catalog().begin(), catalog().end(), [&](const KnownDataSet& other) {
          return other.name != known.name && is_named_after(path, other);
        });
    if (owner != catalog().end() && !is_named_after(path, known)) {
      return &*owner;
    }
  }
  return nullptr;
}

std::optional<LocatedFiles> files_below(const fs::path& folder, bool itself,
                                        const KnownDataSet& known) {
  for (const std::string& name : known.folders) {
    if (auto located = files_in(folder / name, known)) {
      return located;
    }
  }
  if (itself && other_owner(folder, known) == nullptr) {
    return files_in(folder, known);
  }
  return std::nullopt;
}

std::optional<LocatedFiles> find_files(const KnownDataSet& known, const fs::path& data_dir) {
  for (const DataFolder& folder : data_folders(data_dir)) {
    require_there(folder);
    if (auto located = files_below(folder.path, folder.itself, known)) {
      return located;
    }
  }
  return std::nullopt;
}

std::string flaw_of(const LocatedFiles& located, const KnownDataSet& known,
                    const fs::path& data_dir) {
  try {
    for (std::size_t slot = 0; slot < located.files.size(); ++slot) {
      const std::uint64_t official = known.slots[slot].bytes;
      if (official != 0 && unpacked_size(located.files[slot]) != official) {
        const std::string where =
            data_dir.empty() ? "" : " --data-dir " + shell_quoted(data_dir.string());
        return "damaged or in part; '" + command_to_get(known) + where + "' replaces it";
      }
    }
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

LocatedFiles require_files(const KnownDataSet& known, const fs::path& data_dir) {
  if (auto located = find_files(known, data_dir)) {
    return *located;
  }
  std::string looked;
  for (const DataFolder& folder : data_folders(data_dir)) {
    looked += (looked.empty() ? "" : ", ") + describe(folder, known);
  }
  throw DataError("data set " + known.name + " not found in " + looked + "; " + known.advice +
                  ", or name the folder it is in with --data-dir");
}

std::optional<fs::path> find_var_u(const fs::path& data_dir) {
  for (const DataFolder& folder : data_folders(data_dir)) {
    require_there(folder);
    for (const fs::path& file : {folder.path / "tishby" / "var_u.mat", folder.path / "var_u.mat"}) {
      if (is_file(file)) {
        return file;
      }
    }
  }
  return std::nullopt;
}

}  // namespace infoplane
