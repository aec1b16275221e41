#include "data/npy_writer.h"

#include <bit>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/error.h"

namespace infoplane {
namespace {

static_assert(std::endian::native == std::endian::little, "descr says so");

/// numpy.org/doc/stable/reference/generated/numpy.lib.format.html: magic string, version, length,
/// and a dictionary, padded so that the data begin at a multiple of 64 bytes.
std::string header(const std::string& descr, const std::vector<std::int64_t>& shape) {
  constexpr std::size_t kAlignment = 64;
  std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t extent : shape) {
    text += std::to_string(extent) + ",";
  }
  text += "), }";
  const std::string_view magic("\x93NUMPY\x01\x00", 8);
  const std::size_t bytes = magic.size() + 2 + text.size() + 1;
  text.append((kAlignment - bytes % kAlignment) % kAlignment, ' ');
  text += '\n';
  const std::size_t length = text.size();
  return std::string(magic) + static_cast<char>(length & 0xff) + static_cast<char>(length >> 8) +
         text;
}

}  // namespace

template <class T>
NpyWriter<T>::NpyWriter(const std::filesystem::path& file, const std::vector<std::int64_t>& shape)
    : file_(file), stream_(file) {
  for (const std::int64_t extent : shape) {
    missing_ *= extent;
  }
  const std::string kind = std::is_floating_point_v<T> ? "<f" : "<i";
  stream_.append(header(kind + std::to_string(sizeof(T)), shape));
}

template <class T>
void NpyWriter<T>::append(std::span<const T> values) {
  missing_ -= static_cast<std::int64_t>(values.size());
  stream_.append({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

template <class T>
void NpyWriter<T>::finish() {
  if (missing_ != 0) {
    throw Error(file_.string() + ": " + std::to_string(missing_) + " values are missing");
  }
  stream_.finish();
}

template class NpyWriter<float>;
template class NpyWriter<std::int32_t>;
template class NpyWriter<std::int64_t>;

}  // namespace infoplane
