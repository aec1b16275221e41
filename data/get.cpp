#include "data/get.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

#include "core/error.h"
#include "core/file_lock.h"
#include "data/archive.h"
#include "data/file.h"
#include "data/locate.h"

namespace infoplane {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kCopiedAtOnce = std::size_t{1} << 20;

[[noreturn]] void cannot_make(const fs::path& folder, const std::error_code& error) {
  throw Error(folder.string() + ": cannot be made: " + error.message() +
              "; name another folder with --data-dir");
}

/// A folder, made with those that it lies in where they are not there. Those that were made are
/// gone again where nothing was put into them.
class MadeFolder {
 public:
  explicit MadeFolder(const fs::path& folder) {
    std::error_code error;
    for (fs::path path = folder; !path.empty() && !fs::exists(path, error);
         path = path.parent_path()) {
      made_.push_back(path);
    }
    fs::create_directories(folder, error);
    if (error) {
      remove();
      cannot_make(folder, error);
    }
  }
  MadeFolder(const MadeFolder&) = delete;
  MadeFolder& operator=(const MadeFolder&) = delete;
  ~MadeFolder() { remove(); }

 private:
  void remove() {
    std::error_code ignored;
    for (const fs::path& folder : made_) {  // the inner first
      fs::remove(folder, ignored);          // fails where it is not empty
    }
  }

  std::vector<fs::path> made_;
};

/// The folder that a data set goes to, held for this process alone.
class Target {
 public:
  explicit Target(const fs::path& folder) : folder_(folder), made_(folder), lock_(folder) {}

  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
  MadeFolder made_;
  FolderLock lock_;
};

/// A hidden folder for files on their way, removed with what is left in it. It lies in the target,
/// and so on the same disk: from there a file is renamed into place.
class Staging {
 public:
  explicit Staging(const Target& target) : folder_(target.folder() / ".partial") {
    std::error_code error;
    fs::remove_all(folder_, error);  // of a run that was killed
    fs::create_directory(folder_, error);
    if (error) {
      cannot_make(folder_, error);
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

/// Reads the files, which came from `source`. Throws DataError unless they are the whole data set.
void require_whole(const KnownDataSet& known, const LocatedFiles& located, const fs::path& source) {
  const std::string other = other_than_official(known, read_known(known, located.files));
  if (!other.empty()) {
    bad_file(source, "is not the whole data set: " + known.name + " has " + other +
                         "; bring the official files, or train on these with --data-dir");
  }
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
      extract(file, all_names(known), staging, progress);
      fs::remove(file);
    }
  }
}

void copy_file(const fs::path& from, const fs::path& to, const Progress& progress) {
  const MappedFile file(from);
  const std::string name = from.filename().string();
  const auto total = static_cast<std::int64_t>(file.bytes().size());
  std::ofstream out(to, std::ios::binary);
  for (auto rest = file.bytes(); out && !rest.empty();) {
    const auto piece = rest.first(std::min(rest.size(), kCopiedAtOnce));
    out.write(reinterpret_cast<const char*>(piece.data()),
              static_cast<std::streamsize>(piece.size()));
    rest = rest.subspan(piece.size());
    report(progress, name, total - static_cast<std::int64_t>(rest.size()), total);
  }
  out.close();
  if (!out) {
    cannot_write(to, errno);
  }
}

void copy_all(const LocatedFiles& located, const Progress& progress, const fs::path& staging) {
  for (const fs::path& file : located.files) {
    if (!file.empty()) {
      copy_file(file, staging / file.filename(), progress);
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

void take_from(const fs::path& from, const KnownDataSet& known, const Progress& progress,
               const fs::path& staging) {
  if (!is_folder(from)) {
    extract(from, all_names(known), staging, progress);
  } else if (const auto located = files_below(from, true, known)) {
    require_whole(known, *located, located->folder);  // an error names the user's own file
    copy_all(*located, progress, staging);
  } else if (const auto archive = archive_in(from, known)) {
    extract(*archive, all_names(known), staging, progress);
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

/// Whether the folder has the whole data set. Whatever keeps it from being read, be it a lack of
/// memory for what a damaged header promises, a fresh copy may mend.
bool is_sound(const KnownDataSet& known, const fs::path& folder) {
  const auto located = files_in(folder, known);
  if (!located) {
    return false;
  }
  try {
    return other_than_official(known, read_known(known, located->files)).empty();
  } catch (const std::exception&) {
    return false;
  }
}

/// What is said of files in `staging`, said of where they came from: a user never sees that folder.
std::string said_of(const fs::path& source, const fs::path& staging, std::string message) {
  const std::string hidden = (staging / "").string();
  const bool begins_so = message.starts_with(hidden);
  for (std::size_t at = 0; (at = message.find(hidden, at)) != std::string::npos;) {
    message.erase(at, hidden.size());
  }
  return begins_so ? source.string() + ": its " + message : message;
}

void check_staged(const KnownDataSet& known, const fs::path& staging, const fs::path& source) {
  const auto staged = files_in(staging, known);
  if (!staged) {
    bad_file(source, "lacks " + missing_file(staging, known) + "; bring the official archive of " +
                         known.name);
  }
  try {
    require_whole(known, *staged, source);
  } catch (const DataError& error) {
    throw DataError(said_of(source, staging, error.what()));
  }
}

}  // namespace

GetResult get_dataset(const KnownDataSet& known, const GetOptions& options) {
  const fs::path folder = options.destination / known.name;
  if (is_sound(known, folder)) {  // whoever else is at work there
    return {folder, true};
  }
  const Target target(folder);
  try {
    const Staging staging(target);
    if (options.from.empty()) {
      download_all(known, options.progress, staging.folder());
    } else {
      take_from(options.from, known, options.progress, staging.folder());
    }
    check_staged(known, staging.folder(),
                 options.from.empty() ? fs::path(known.downloads[0].file) : options.from);
    install(*files_in(staging.folder(), known), known, target.folder());
  } catch (const fs::filesystem_error& error) {
    throw Error("cannot put " + known.name + " into " + target.folder().string() + ": " +
                error.code().message() + "; name another folder with --data-dir");
  }
  return {target.folder(), false};
}

}  // namespace infoplane
