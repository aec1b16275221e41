#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace infoplane {

/// What is to be said of a file that cannot be written for `reason`, an errno: "REASON; ADVICE".
std::string why_not_written(int reason);

/// A file that is there when it is whole: written piece by piece under a temporary name in the same
/// folder, flushed to disk, renamed, and the folder flushed, so that a reader finds the old file or
/// the new one, never a part, also after a loss of power. All throw Error naming the file and the
/// reason. The temporary file is then gone, and the old one still there; but where the folder alone
/// could not be flushed, it is the new one. Behind a link, the file that it leads to is written;
/// what is no file, as /dev/null, /dev/stdout or a pipe, takes the bytes as they come.
class WholeFile {
 public:
  explicit WholeFile(const std::filesystem::path& file);
  /// What is not finished is gone.
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  void append(std::string_view content);
  void finish();

 private:
  void give_up();

  std::filesystem::path file_;       ///< as it was named
  std::filesystem::path target_;     ///< what it leads to
  std::filesystem::path temporary_;  ///< empty where bytes go straight to the target
  int descriptor_;
};

/// The whole content at once.
void write_file_atomically(const std::filesystem::path& file, std::string_view content);

/// Removes temporary files that a WholeFile left in the folder when its process was
/// killed. Those of living processes stay.
void remove_unfinished(const std::filesystem::path& folder);

/// A text file that grows by whole pieces. A piece that does not fit on the disk is taken back, so
/// that the file always ends with a complete one.
class AppendFile {
 public:
  /// Creates the file, which must not exist yet. Throws Error naming file and reason.
  explicit AppendFile(const std::filesystem::path& file);
  /// Opens the file, cuts it to its first `size` bytes and goes on from there. Throws Error naming
  /// file and reason, also when it is shorter.
  AppendFile(const std::filesystem::path& file, std::int64_t size);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Appends one piece, at once visible to readers. Throws Error naming file and reason.
  void append(std::string_view piece);

  /// Waits until all of it is on the disk. Throws Error naming file and reason.
  void flush();

  std::int64_t size() const { return size_; }

 private:
  std::filesystem::path file_;
  int descriptor_;
  std::int64_t size_ = 0;
};

}  // namespace infoplane
