#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <memory>

#include "data/file.h"

namespace infoplane {

namespace {

constexpr std::size_t kBlockBytes = 1 << 17;
constexpr std::int64_t kMostMemberBytes = std::int64_t{256} << 20;

struct CloseArchive {
  void operator()(::archive* reader) const noexcept { archive_read_free(reader); }
};

[[noreturn]] void bad_archive(const std::filesystem::path& path, ::archive* reader) {
  const char* reason = archive_error_string(reader);
  bad_file(path, "cannot be unpacked: " + std::string(reason ? reason : "damaged") +
                     "; bring a fresh copy of it");
}

void write_member(const std::filesystem::path& path, ::archive* reader,
                  const std::filesystem::path& to, const Progress& progress) {
  std::ofstream out(to, std::ios::binary);
  std::vector<char> block(kBlockBytes);
  std::int64_t bytes = 0;
  for (;;) {
    const la_ssize_t got = archive_read_data(reader, block.data(), block.size());
    if (got < 0) {
      bad_archive(path, reader);
    }
    if (got == 0) {
      break;
    }
    bytes += got;
    if (bytes > kMostMemberBytes) {
      bad_file(path, "its member " + to.filename().string() +
                         " is larger than 256 MiB; bring the official archive");
    }
    out.write(block.data(), got);
    report(progress, to.filename().string(), bytes, 0);
  }
  out.close();
  if (!out) {
    cannot_write(to, errno);
  }
}

/// The name of a regular file, without folders; empty for an entry of another kind.
std::string file_name(::archive_entry* entry) {
  // A name or target that the locale cannot hold is null, and there in UTF-8 alone.
  const bool is_link =
      archive_entry_hardlink(entry) != nullptr || archive_entry_hardlink_utf8(entry) != nullptr;
  const char* plain = archive_entry_pathname(entry);
  const char* name = plain != nullptr ? plain : archive_entry_pathname_utf8(entry);
  const bool is_regular = archive_entry_filetype(entry) == AE_IFREG && !is_link;
  return is_regular && name != nullptr ? std::filesystem::path(name).filename().string() : "";
}

}  // namespace

void extract(const std::filesystem::path& path, const std::vector<std::string>& names,
             const std::filesystem::path& folder, const Progress& progress) {
  regular_file_size(path);  // a missing file is told apart from a damaged one
  const std::unique_ptr<::archive, CloseArchive> reader(archive_read_new());
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), kBlockBytes) != ARCHIVE_OK) {
    bad_archive(path, reader.get());
  }
  ::archive_entry* entry = nullptr;
  int code = ARCHIVE_OK;
  // A warning is of what does not matter here: a name that the locale lacks, an attribute.
  while ((code = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK ||
         code == ARCHIVE_WARN) {
    const std::string name = file_name(entry);
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      write_member(path, reader.get(), folder / name, progress);
    }
  }
  if (code != ARCHIVE_EOF) {
    bad_archive(path, reader.get());
  }
}

}  // namespace infoplane
