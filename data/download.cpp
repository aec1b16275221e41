#include "data/download.h"

#include <curl/curl.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "data/digest.h"
#include "data/file.h"

namespace infoplane {

namespace {

constexpr curl_off_t kMostBytes = curl_off_t{1} << 30;

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
struct CloseCurl {
  void operator()(CURL* curl) const noexcept { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, CloseCurl>;

/// One transfer: where the bytes go, and their sum.
struct Transfer {
  const Remote& remote;
  const Progress& progress;
  std::unique_ptr<std::FILE, CloseFile> file;
  Sha256 sum;
  curl_off_t bytes = 0;
  int write_error = 0;  ///< errno of the write that failed
};

std::size_t on_bytes(char* data, std::size_t, std::size_t bytes, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.bytes += static_cast<curl_off_t>(bytes);
  if (transfer.bytes > kMostBytes) {
    return 0;
  }
  transfer.sum.update(data, bytes);
  const std::size_t written = std::fwrite(data, 1, bytes, transfer.file.get());
  transfer.write_error = written < bytes ? errno : 0;
  return written;
}

int on_progress(void* user, curl_off_t total, curl_off_t done, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<const Transfer*>(user);
  return transfer.progress && !transfer.progress(transfer.remote.file, done, total) ? 1 : 0;
}

Curl make_curl() {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  Curl curl(global == CURLE_OK ? curl_easy_init() : nullptr);
  if (!curl) {
    throw Error("libcurl cannot be started; check its installation");
  }
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "https,http,file");
  curl_easy_setopt(curl.get(), CURLOPT_REDIR_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 20L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes a second, for ...
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, 60L);  // ... that many seconds: it hangs
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "infoplane");
  return curl;
}

/// Fetches one address into `to`. Returns why it failed; empty when it did not. A file that cannot
/// be written is the user's to repair, not the next address's: it throws.
std::string fetch(const std::string& url, const Remote& remote, const std::filesystem::path& to,
                  const Progress& progress) {
  const Curl curl = make_curl();
  Transfer transfer{remote, progress, {}, {}};
  transfer.file.reset(std::fopen(to.c_str(), "wb"));
  if (!transfer.file) {
    cannot_write(to, errno);
  }
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    throw Stopped(remote.file);
  }
  if (transfer.bytes > kMostBytes) {
    return "sends more than 1 GiB";
  }
  if (transfer.write_error == 0 && std::fflush(transfer.file.get()) != 0) {
    transfer.write_error = errno;
  }
  if (transfer.write_error != 0) {
    cannot_write(to, transfer.write_error);
  }
  if (code != CURLE_OK) {
    return reason[0] != '\0' ? reason.data() : curl_easy_strerror(code);
  }
  const std::string sha256 = transfer.sum.finish();
  return sha256 == remote.sha256 ? "" : "SHA-256 is " + sha256 + ", expected " + remote.sha256;
}

/// Removes the file unless it is kept.
class Unfinished {
 public:
  explicit Unfinished(std::filesystem::path file) : file_(std::move(file)) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    std::error_code ignored;
    if (!kept_) {
      std::filesystem::remove(file_, ignored);
    }
  }
  void keep() { kept_ = true; }

 private:
  std::filesystem::path file_;
  bool kept_ = false;
};

}  // namespace

bool can_download() { return true; }

void download(const Remote& remote, const std::filesystem::path& to, const Progress& progress) {
  Unfinished unfinished(to);
  std::string reasons;
  for (const std::string& url : remote.urls) {
    const std::string reason = fetch(url, remote, to, progress);
    if (reason.empty()) {
      unfinished.keep();
      return;
    }
    reasons += (reasons.empty() ? "" : "; ") + url + ": " + reason;
  }
  throw DownloadError("cannot download " + remote.file + " (" + reasons + ")");
}

}  // namespace infoplane
