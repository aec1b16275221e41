#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/file.h"

namespace infoplane {

/// One array of NumPy's .npy format, mapped into memory: format versions 1, 2 and 3, booleans,
/// integers and floats of 16, 32 or 64 bits, of either byte order, C or Fortran order, any number
/// of axes but none. Source: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
class NpyArray {
 public:
  /// Throws DataError, naming the file, for headers that are damaged, element types that are none
  /// of these, and data of another size than the header says.
  explicit NpyArray(const std::filesystem::path& file);

  const std::filesystem::path& path() const { return file_.path(); }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  std::string shape_text() const;  ///< "(60000, 28, 28)"
  std::int64_t rows() const { return shape_[0]; }
  std::int64_t size() const;                           ///< product of the extents
  std::int64_t row_size() const;                       ///< product of the extents but the first
  const std::string& dtype() const { return dtype_; }  ///< as in the file: "<f4"
  bool is_integer() const { return kind_ == 'i' || kind_ == 'u' || kind_ == 'b'; }
  bool is_floating() const { return kind_ == 'f'; }
  char kind() const { return kind_; }  ///< NumPy's: b, i, u or f
  int item_bytes() const { return item_bytes_; }
  bool fortran_order() const { return fortran_order_; }

  /// The elements in the file, uncopied, in C order; nothing when they are of another type, byte
  /// order, array order or alignment. T is uint8_t, int32_t, int64_t, float or double. Lives as
  /// long as the array.
  template <class T>
  std::optional<std::span<const T>> view() const;

  /// Writes rows `first` to `first + count - 1` to out [count, row_size()] in C order, converted to
  /// T (one of the types above). Floats are rounded to T. Throws DataError for integers asked of
  /// floats, and for integers that T does not hold.
  template <class T>
  void copy_rows(std::int64_t first, std::int64_t count, T* out) const;

  /// All rows, as copy_rows() gives them. Throws DataError, too, when memory does not hold them.
  template <class T>
  std::vector<T> to_vector() const {
    std::vector<T> values;
    const auto count = static_cast<std::uint64_t>(size());
    reserve_room(values, count, path(), "its elements", "free some, or save fewer of them");
    values.resize(count);
    copy_rows(0, rows(), values.data());
    return values;
  }

 private:
  void parse_header();
  void set_dtype(const std::string& descr);
  /// Calls `visit(S{})` with the stored element type S.
  template <class Visit>
  void with_stored_type(Visit visit) const;
  template <class T, class S>
  void copy_rows_as(std::int64_t first, std::int64_t count, T* out) const;

  MappedFile file_;
  std::span<const std::uint8_t> data_;
  std::vector<std::int64_t> shape_;
  std::string dtype_;
  char kind_ = 0;  // 'b', 'i', 'u' or 'f'
  int item_bytes_ = 0;
  bool swapped_ = false;  // stored in the other byte order than this machine's
  bool fortran_order_ = false;
};

}  // namespace infoplane
