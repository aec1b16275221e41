#include "data/npy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

#include "data/npy_header.h"

namespace infoplane {

namespace {

std::int64_t product(std::span<const std::int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>());
}

/// IEEE 754's binary16, which converts to float exactly.
struct Half {
  std::uint16_t bits;

  explicit operator float() const {
    const int exponent = bits >> 10 & 0x1F;
    const int fraction = bits & 0x3FF;
    const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
    if (exponent == 0x1F) {
      return fraction == 0 ? sign * std::numeric_limits<float>::infinity()
                           : std::numeric_limits<float>::quiet_NaN();
    }
    return sign * (exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                 : std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25));
  }
};

template <class T>
constexpr char kKindOf = std::is_floating_point_v<T> ? 'f'
                         : std::is_signed_v<T>       ? 'i'
                                                     : 'u';

/// The element at `from`, which need not be aligned, in this machine's byte order.
template <class S>
S load(const std::uint8_t* from, bool swapped) {
  std::uint8_t bytes[sizeof(S)];
  std::memcpy(bytes, from, sizeof(S));
  if (swapped) {
    std::reverse(bytes, bytes + sizeof(S));
  }
  if constexpr (std::is_same_v<S, bool>) {
    return bytes[0] != 0;
  } else {
    return std::bit_cast<S>(bytes);
  }
}

}  // namespace

NpyArray::NpyArray(const std::filesystem::path& file) : file_(file) { parse_header(); }

std::string NpyArray::shape_text() const {
  std::string text = "(";
  for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
    text += (axis == 0 ? "" : ", ") + std::to_string(shape_[axis]);
  }
  return text + (shape_.size() == 1 ? ",)" : ")");
}

std::int64_t NpyArray::size() const { return product(shape_); }

std::int64_t NpyArray::row_size() const { return product(std::span(shape_).subspan(1)); }

void NpyArray::parse_header() {
  const NpyHeader header = parse_npy_header(file_.bytes(), path());
  set_dtype(header.descr);
  fortran_order_ = header.fortran_order;
  shape_ = header.shape;
  if (shape_.empty()) {
    bad_file(path(), "holds a single number, expected an array with rows");
  }
  data_ = file_.bytes().subspan(header.bytes);
  // The extents are only multiplied while the product stays within the file. An array with a zero
  // extent is empty, whatever the others say; they are checked too, so that no product overflows.
  std::uint64_t items = 1;
  const std::uint64_t most = data_.size() / static_cast<std::uint64_t>(item_bytes_);
  for (const std::int64_t extent : shape_) {
    const auto factor = static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 1));
    if (factor > std::max<std::uint64_t>(most, 1) / items) {
      items = most + 1;
      break;
    }
    items *= factor;
  }
  if (std::find(shape_.begin(), shape_.end(), 0) != shape_.end()) {
    bad_file(path(), "is empty, shape " + shape_text() + "; save an array that has elements");
  }
  const std::uint64_t bytes = items * static_cast<std::uint64_t>(item_bytes_);
  if (items > most || bytes != data_.size()) {
    bad_file(path(), "its header promises shape " + shape_text() + " of " + dtype_ + ", but " +
                         std::to_string(data_.size()) +
                         " bytes follow: " + (items > most ? "truncated" : "too long") +
                         "; save the array again with numpy.save");
  }
}

void NpyArray::set_dtype(const std::string& descr) {
  dtype_ = descr;
  const char order = descr.empty() ? 0 : descr[0];
  const std::string type = descr.empty() ? "" : descr.substr(1);
  static const std::vector<std::string> known = {"b1", "i1", "i2", "i4", "i8", "u1",
                                                 "u2", "u4", "u8", "f2", "f4", "f8"};
  const bool known_order = order == '<' || order == '>' || order == '|' || order == '=';
  if (!known_order || std::find(known.begin(), known.end(), type) == known.end()) {
    bad_file(path(), "holds elements of dtype '" + descr +
                         "'; convert it to a boolean, an integer, float16, float32 or float64");
  }
  kind_ = type[0];
  item_bytes_ = type[1] - '0';
  swapped_ = order == (std::endian::native == std::endian::little ? '>' : '<');
}

template <class Visit>
void NpyArray::with_stored_type(Visit visit) const {
  switch (item_bytes_) {
    case 1:
      return kind_ == 'b'   ? visit(bool{})
             : kind_ == 'i' ? visit(std::int8_t{})
                            : visit(std::uint8_t{});
    case 2:
      return kind_ == 'i'   ? visit(std::int16_t{})
             : kind_ == 'u' ? visit(std::uint16_t{})
                            : visit(Half{});
    case 4:
      return kind_ == 'i'   ? visit(std::int32_t{})
             : kind_ == 'u' ? visit(std::uint32_t{})
                            : visit(float{});
    case 8:
      return kind_ == 'i'   ? visit(std::int64_t{})
             : kind_ == 'u' ? visit(std::uint64_t{})
                            : visit(double{});
  }
}

template <class T>
std::optional<std::span<const T>> NpyArray::view() const {
  const bool aligned = reinterpret_cast<std::uintptr_t>(data_.data()) % alignof(T) == 0;
  const bool in_order = !fortran_order_ || shape_.size() == 1;
  const bool native = !swapped_ || item_bytes_ == 1;
  if (kind_ != kKindOf<T> || item_bytes_ != sizeof(T) || !native || !in_order || !aligned) {
    return std::nullopt;
  }
  return std::span(reinterpret_cast<const T*>(data_.data()), static_cast<std::size_t>(size()));
}

template <class T>
void NpyArray::copy_rows(std::int64_t first, std::int64_t count, T* out) const {
  if (std::is_integral_v<T> && is_floating()) {
    bad_file(path(), "holds " + dtype_ + ", expected integers; convert it with astype");
  }
  with_stored_type([&](auto stored) { copy_rows_as<T, decltype(stored)>(first, count, out); });
}

template <class T, class S>
void NpyArray::copy_rows_as(std::int64_t first, std::int64_t count, T* out) const {
  const auto convert = [&](std::int64_t index) {
    const S value = load<S>(data_.data() + index * static_cast<std::int64_t>(sizeof(S)), swapped_);
    if constexpr (std::is_integral_v<T> && std::is_integral_v<S>) {
      if constexpr (!std::is_same_v<S, bool>) {
        if (!std::in_range<T>(value)) {
          bad_file(path(), "holds " + std::to_string(value) + ", which is out of range");
        }
      }
    }
    if constexpr (std::is_same_v<S, Half>) {
      return static_cast<T>(static_cast<float>(value));
    } else {
      return static_cast<T>(value);
    }
  };
  const std::int64_t row = row_size();
  if (!fortran_order_ || shape_.size() == 1) {
    for (std::int64_t i = 0; i < count * row; ++i) {
      out[i] = convert(first * row + i);
    }
    return;
  }
  // Fortran order: the first axis is the fastest. `within` counts the axes but the first up in C
  // order; `offset` is where that element of row 0 lies.
  std::vector<std::int64_t> within(shape_.size(), 0);
  for (std::int64_t i = 0; i < row; ++i) {
    std::int64_t offset = 0;
    for (std::size_t axis = shape_.size(); axis-- > 1;) {
      offset = offset * shape_[axis] + within[axis];
    }
    for (std::int64_t n = 0; n < count; ++n) {
      out[n * row + i] = convert(offset * rows() + first + n);
    }
    for (std::size_t axis = shape_.size(); axis-- > 1 && ++within[axis] == shape_[axis];) {
      within[axis] = 0;
    }
  }
}

#define INFOPLANE_NPY_TYPE(T)                                           \
  template std::optional<std::span<const T>> NpyArray::view<T>() const; \
  template void NpyArray::copy_rows<T>(std::int64_t, std::int64_t, T*) const;
INFOPLANE_NPY_TYPE(std::uint8_t)
INFOPLANE_NPY_TYPE(std::int32_t)
INFOPLANE_NPY_TYPE(std::int64_t)
INFOPLANE_NPY_TYPE(float)
INFOPLANE_NPY_TYPE(double)
#undef INFOPLANE_NPY_TYPE

}  // namespace infoplane
