#include "data/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "data/file.h"

namespace infoplane {

namespace {

constexpr std::uint64_t kMostDeflateRatio = 1032;
constexpr std::size_t kReadAtOnce = std::size_t{16} << 20;

}  // namespace

void GzipReader::Close::operator()(gzFile_s* file) const noexcept { gzclose_r(file); }

GzipReader::GzipReader(std::filesystem::path file) : path_(std::move(file)) {
  size_ = regular_file_size(path_);
  if (size_ == 0) {
    bad_file(path_, "is empty; bring a fresh copy of it");
  }
  file_.reset(gzopen(path_.c_str(), "rb"));
  if (!file_) {
    cannot_read(path_, errno);
  }
  gzbuffer(file_.get(), 1u << 17);
}

void GzipReader::expect_room_for(std::uint64_t consumed, std::uint64_t bytes) const {
  if (gzdirect(file_.get()) != 0) {
    const std::uint64_t rest = size_ - std::min(consumed, size_);
    if (bytes != rest) {
      bad_file(path_, "its header promises " + std::to_string(bytes) + " bytes, but " +
                          std::to_string(rest) + " follow: " +
                          (rest < bytes ? "truncated" : "too long") + "; bring a fresh copy of it");
    }
  } else if (bytes / kMostDeflateRatio > size_) {
    bad_file(path_, "its header promises " + std::to_string(bytes) + " bytes, more than " +
                        std::to_string(size_) +
                        " compressed bytes can hold; bring a fresh copy of it");
  }
}

void GzipReader::read(void* to, std::size_t bytes, const char* what) {
  auto* out = static_cast<char*>(to);
  while (bytes > 0) {
    const auto piece = static_cast<unsigned>(std::min<std::size_t>(bytes, 1u << 30));
    const int got = gzread(file_.get(), out, piece);
    if (got <= 0) {
      fail(what);
    }
    out += got;
    bytes -= static_cast<std::size_t>(got);
  }
}

std::vector<std::uint8_t> GzipReader::read_vector(std::uint64_t bytes, const char* what) {
  std::vector<std::uint8_t> all;
  // A plain file is as long as it must be (expect_room_for). A compressed one may promise what it
  // does not hold: room is made as bytes arrive.
  std::uint64_t room = gzdirect(file_.get()) != 0 ? bytes : 0;
  while (all.size() < bytes) {
    const std::size_t piece = std::min<std::uint64_t>(kReadAtOnce, bytes - all.size());
    if (all.size() + piece > room) {
      room = std::min<std::uint64_t>(bytes, 2 * room + kReadAtOnce);
    }
    reserve_room(all, room, path_, what, "free some, or bring a smaller file");
    all.resize(all.size() + piece);
    read(all.data() + all.size() - piece, piece, what);
  }
  return all;
}

void GzipReader::expect_end() {
  char extra = 0;
  const int got = gzread(file_.get(), &extra, 1);
  if (got > 0) {
    bad_file(path_, "holds more bytes than its header promises; bring a fresh copy of it");
  }
  int code = Z_OK;
  gzerror(file_.get(), &code);
  if (got < 0 || code != Z_OK) {
    fail("its checksum");
  }
}

void GzipReader::fail(const char* what) {
  int code = Z_OK;
  const std::string text = gzerror(file_.get(), &code);
  if (code == Z_ERRNO) {
    bad_file(path_, std::string("cannot read ") + what + ": " + std::strerror(errno));
  }
  if (code == Z_OK || code == Z_BUF_ERROR) {
    bad_file(path_, std::string("ends inside ") + what + ": truncated; bring a fresh copy of it");
  }
  bad_file(path_, std::string("damaged gzip data in ") + what + "; bring a fresh copy of it");
}

std::uint64_t unpacked_size(const std::filesystem::path& file) {
  constexpr std::size_t kLeast = 18;  // a header of 10 bytes, checksum and size of 4 each
  const MappedFile mapped(file);
  const std::span<const std::uint8_t> bytes = mapped.bytes();
  if (bytes.size() < kLeast || bytes[0] != 0x1f || bytes[1] != 0x8b) {
    return bytes.size();
  }
  std::uint64_t size = 0;
  for (std::size_t i = 1; i <= 4; ++i) {
    size = size << 8 | bytes[bytes.size() - i];
  }
  return size;
}

std::vector<std::uint8_t> inflate_zlib(std::span<const std::uint8_t> stream, std::size_t limit,
                                       const std::filesystem::path& file) {
  const std::size_t room = std::min<std::size_t>(limit, stream.size() * kMostDeflateRatio);
  std::vector<std::uint8_t> bytes(room);
  uLongf produced = room;
  const int code = uncompress(bytes.data(), &produced, stream.data(), stream.size());
  if (code != Z_OK) {
    bad_file(file, "holds a damaged or overlong compressed part; bring a fresh copy of it");
  }
  bytes.resize(produced);
  return bytes;
}

}  // namespace infoplane
