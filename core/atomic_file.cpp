#include "core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include "core/error.h"

namespace infoplane {

std::string why_not_written(int reason) {
  std::string advice = "check the folder and its permissions";
  if (reason == ENOSPC || reason == EDQUOT) {
    advice = "free some space";
  } else if (reason == EFBIG) {
    advice = "raise the limit of a file's size (ulimit -f)";
  } else if (reason == EEXIST) {
    advice = "choose another folder";
  }
  return std::string(std::strerror(reason)) + "; " + advice;
}

namespace {

[[noreturn]] void fail(const std::filesystem::path& file, int reason) {
  throw Error("cannot write " + file.string() + ": " + why_not_written(reason));
}

/// 0, or the errno of the write that failed.
int write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return errno;
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Waits until the folder's own entries, such as a new name, are on the disk; 0 or an errno. Some
/// file systems cannot, and keep their entries safe by themselves.
int flush_folder(const std::filesystem::path& folder) {
  const int descriptor =
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return errno;
  }
  const int reason = ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
  ::close(descriptor);
  return reason;
}

/// The process that a temporary file's name ends with; 0 when it is no such name.
pid_t writer_of(const std::string& name) {
  constexpr std::string_view kMark = ".tmp";
  const std::size_t mark = name.rfind(kMark);
  if (mark == std::string::npos || mark == 0) {
    return 0;
  }
  const std::string digits = name.substr(mark + kMark.size());
  const bool number = !digits.empty() && digits.size() < 10 &&
                      std::all_of(digits.begin(), digits.end(),
                                  [](unsigned char c) { return std::isdigit(c) != 0; });
  return number ? std::stoi(digits) : 0;
}

/// The descriptor of this process that a name in /dev/fd is of; -1 when it is no such name.
int descriptor_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(file.parent_path(), error);
  const std::string name = file.filename().string();
  int descriptor = -1;
  if (!error && folder == "/proc/" + std::to_string(::getpid()) + "/fd") {
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
  }
  return descriptor;
}

/// The file itself, or the one that a link of that name leads to, which need not be there yet. What
/// is one of this process's descriptors, as /dev/stdout, stays a name in /dev/fd.
std::filesystem::path behind_links(const std::filesystem::path& file) {
  constexpr int kMostLinks = 40;  // as the kernel follows
  std::filesystem::path target = file;
  for (int i = 0; i < kMostLinks; ++i) {
    std::error_code no_link;
    const std::filesystem::path next = std::filesystem::read_symlink(target, no_link);
    if (no_link || descriptor_of(target) >= 0) {
      return target;
    }
    target = target.parent_path() / next;  // which is `next` where that is absolute
  }
  fail(file, ELOOP);
}

/// Whether there is something of that name that is neither a file nor a folder.
bool is_stream(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::is_other(std::filesystem::status(file, ignored));
}

}  // namespace

WholeFile::WholeFile(const std::filesystem::path& file) : file_(file), target_(behind_links(file)) {
  if (const int own = descriptor_of(target_); own >= 0) {
    descriptor_ = ::fcntl(own, F_DUPFD_CLOEXEC, 0);  // which writes on where that one stands
  } else if (is_stream(target_)) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary_ = target_;
    temporary_ += ".tmp" + std::to_string(::getpid());
    descriptor_ = ::open(temporary_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
  }
  if (descriptor_ < 0) {
    fail(file, errno);
  }
}

WholeFile::~WholeFile() { give_up(); }

void WholeFile::give_up() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
    if (!temporary_.empty()) {
      ::unlink(temporary_.c_str());
    }
    descriptor_ = -1;
  }
}

void WholeFile::append(std::string_view content) {
  if (const int reason = write_all(descriptor_, content); reason != 0) {
    give_up();
    fail(file_, reason);
  }
}

void WholeFile::finish() {
  if (temporary_.empty()) {
    ::close(descriptor_);
    descriptor_ = -1;
    return;
  }
  int reason = ::fsync(descriptor_) == 0 ? 0 : errno;
  if (reason == 0 && ::rename(temporary_.c_str(), target_.c_str()) != 0) {
    reason = errno;
  }
  if (reason != 0) {
    give_up();
    fail(file_, reason);
  }
  ::close(descriptor_);
  descriptor_ = -1;
  reason = flush_folder(target_.parent_path());
  if (reason != 0) {
    fail(file_, reason);
  }
}

void write_file_atomically(const std::filesystem::path& file, std::string_view content) {
  WholeFile whole(file);
  whole.append(content);
  whole.finish();
}

void remove_unfinished(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const pid_t writer = writer_of(entry.path().filename().string());
    if (writer > 0 && ::kill(writer, 0) != 0 && errno == ESRCH) {
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

AppendFile::AppendFile(const std::filesystem::path& file)
    : file_(file),
      descriptor_(::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) {
    fail(file_, errno);
  }
}

AppendFile::AppendFile(const std::filesystem::path& file, std::int64_t size)
    : file_(file), descriptor_(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)), size_(size) {
  if (descriptor_ < 0) {
    fail(file_, errno);
  }
  const std::int64_t length = ::lseek(descriptor_, 0, SEEK_END);
  const int reason = length >= size && ::ftruncate(descriptor_, size) != 0 ? errno : 0;
  if (length < size || reason != 0) {
    ::close(descriptor_);
    if (reason != 0) {
      fail(file_, reason);
    }
    throw Error(file.string() + ": " + std::to_string(length) + " bytes long, expected at least " +
                std::to_string(size) + "; it was cut after its checkpoint");
  }
}

AppendFile::~AppendFile() { ::close(descriptor_); }

void AppendFile::append(std::string_view piece) {
  if (const int reason = write_all(descriptor_, piece); reason != 0) {
    // Best effort: the error below is what the caller must hear about.
    [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, size_);
    fail(file_, reason);
  }
  size_ += static_cast<std::int64_t>(piece.size());
}

void AppendFile::flush() {
  if (::fsync(descriptor_) != 0) {
    fail(file_, errno);
  }
}

}  // namespace infoplane
