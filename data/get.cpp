#include "data/get.h"

#include <optional>
#include <string>
#include <system_error>

#include "core/error.h"
#include "data/archive.h"
#include "data/file.h"
#include "data/locate.h"

namespace infoplane {

namespace fs = std::filesystem;

namespace {

/// A hidden folder for files on their way, removed with what is left in it.
class Staging {
 public:
  explicit Staging(const fs::path& folder) : folder_(folder) {
    std::error_code error;
    fs::remove_all(folder_, error);  // of a run that was killed
    fs::create_directories(folder_, error);
    if (error) {
      bad_file(folder_,
               "cannot be made: " + error.message() + "; name another folder with --data-dir");
    }
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

bool is_archive(const Remote& remote) { return remote.file.ends_with(".tar.gz"); }

std::vector<std::string> all_names(const KnownDataSet& known) {
  std::vector<std::string> names;
  for (const FileSlot& slot : known.slots) {
    names.insert(names.end(), slot.names.begin(), slot.names.end());
  }
  return names;
}

void download_all(const KnownDataSet& known, const Progress& progress, const fs::path& staging) {
  for (const Remote& remote : known.downloads) {
    const fs::path file = staging / remote.file;
    try {
      download(remote, file, progress);
    } catch (const DownloadError& error) {
      throw DownloadError(std::string(error.what()) +
                          "; if you have the files, use 'infoplane data get " + known.name +
                          " --from FOLDER'");
    }
    if (is_archive(remote)) {
      extract(file, all_names(known), staging);
      fs::remove(file);
    }
  }
}

void copy_all(const LocatedFiles& located, const fs::path& staging) {
  for (const fs::path& file : located.files) {
    if (!file.empty()) {
      write_file(staging / file.filename(), MappedFile(file).bytes());
    }
  }
}

/// The data set's own archive in a folder, or nothing.
std::optional<fs::path> archive_in(const fs::path& folder, const KnownDataSet& known) {
  for (const Remote& remote : known.downloads) {
    if (is_archive(remote) && is_file(folder / remote.file)) {
      return folder / remote.file;
    }
  }
  return std::nullopt;
}

void take_from(const fs::path& from, const KnownDataSet& known, const fs::path& staging) {
  if (!is_folder(from)) {
    extract(from, all_names(known), staging);
  } else if (const auto located = files_below(from, true, known)) {
    copy_all(*located, staging);
  } else if (const auto archive = archive_in(from, known)) {
    extract(*archive, all_names(known), staging);
  } else if (const KnownDataSet* owner = other_owner(from, known);
             owner != nullptr && missing_file(from, known).empty()) {
    bad_file(from, "the folder is named after another data set, " + owner->name + "; get " +
                       owner->name + " from it, or rename it if it holds " + known.name);
  } else {
    bad_file(from, "holds no " + known.name + " (it " + what_is_missing(from, known) +
                       "); name the folder with its files, or its archive");
  }
}

/// Renames the files of `staged` into `target`, in the place of older copies.
void install(const LocatedFiles& staged, const KnownDataSet& known, const fs::path& target) {
  fs::create_directories(target);
  for (std::size_t slot = 0; slot < staged.files.size(); ++slot) {
    const fs::path& file = staged.files[slot];
    if (file.empty()) {
      continue;
    }
    fs::rename(file, target / file.filename());
    // An older copy under another of its names would be found first.
    for (const std::string& name : known.slots[slot].names) {
      if (name != file.filename()) {
        fs::remove(target / name);
      }
    }
  }
}

bool is_sound(const KnownDataSet& known, const fs::path& folder) {
  const auto located = files_in(folder, known);
  if (!located) {
    return false;
  }
  try {
    read_known(known, located->files);
    return true;
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace

GetResult get_dataset(const KnownDataSet& known, const GetOptions& options) {
  const fs::path target = options.destination / known.name;
  if (is_sound(known, target)) {
    return {target, true};
  }
  try {
    const Staging staging(options.destination / ("." + known.name + ".partial"));
    if (options.from.empty()) {
      download_all(known, options.progress, staging.folder());
    } else {
      take_from(options.from, known, staging.folder());
    }
    const auto staged = files_in(staging.folder(), known);
    if (!staged) {
      const fs::path source =
          options.from.empty() ? fs::path(known.downloads[0].file) : options.from;
      bad_file(source, "lacks " + missing_file(staging.folder(), known) +
                           "; bring the official archive of " + known.name);
    }
    read_known(known, staged->files);
    install(*staged, known, target);
  } catch (const fs::filesystem_error& error) {
    throw DataError("cannot put " + known.name + " into " + target.string() + ": " +
                    error.code().message() + "; name another folder with --data-dir");
  }
  return {target, false};
}

}  // namespace infoplane
