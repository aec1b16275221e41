#include "data/mat.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <string_view>

#include "data/file.h"
#include "data/gzip.h"

namespace infoplane {

namespace {

static_assert(std::endian::native == std::endian::little,
              "the MAT reader copies words as they lie");

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kMostVariableBytes = std::size_t{64} << 20;

// Types of data elements (mi...) and classes of arrays (mx...), by the format's own numbers.
enum ElementType : std::uint32_t {
  kInt8 = 1,
  kUint8 = 2,
  kInt16 = 3,
  kUint16 = 4,
  kInt32 = 5,
  kUint32 = 6,
  kSingle = 7,
  kDouble = 9,
  kInt64 = 12,
  kUint64 = 13,
  kMatrix = 14,
  kCompressed = 15,
};
constexpr std::uint32_t kFirstNumericClass = 6;
constexpr std::uint32_t kLastNumericClass = 15;
constexpr std::uint32_t kComplexFlag = 0x0800;

struct Element {
  std::uint32_t type = 0;
  Bytes data;
};

class Reader {
 public:
  Reader(Bytes bytes, const std::filesystem::path& file) : rest_(bytes), file_(file) {}

  bool at_end() const { return rest_.empty(); }

  [[noreturn]] void fail(const std::string& what) const {
    bad_file(file_, what + "; bring a fresh copy of it");
  }

  /// The next element: an 8-byte tag (type, size) and data padded to 8 bytes; or, when the upper
  /// half of the first word is set, size and type in 4 bytes and up to 4 bytes of data. Compressed
  /// elements are not padded.
  Element next() {
    const auto first = word(0);
    if (first >> 16 != 0) {
      const std::uint32_t size = first >> 16;
      if (size > 4 || rest_.size() < 8) {
        fail("a damaged data element");
      }
      const Element element{first & 0xFFFF, rest_.subspan(4, size)};
      rest_ = rest_.subspan(8);
      return element;
    }
    const std::size_t size = word(4);
    if (size > rest_.size() - 8) {
      fail("ends inside a data element: truncated");
    }
    const Element element{first, rest_.subspan(8, size)};
    const std::size_t padded = first == kCompressed ? size : (size + 7) / 8 * 8;
    rest_ = rest_.subspan(std::min(8 + padded, rest_.size()));
    return element;
  }

 private:
  std::uint32_t word(std::size_t at) const {
    if (rest_.size() < at + 4) {
      fail("ends inside a data element: truncated");
    }
    std::uint32_t value = 0;
    std::memcpy(&value, rest_.data() + at, sizeof(value));
    return value;
  }

  Bytes rest_;
  const std::filesystem::path& file_;
};

template <class S>
std::vector<double> widen(Bytes data) {
  std::vector<double> values(data.size() / sizeof(S));
  for (std::size_t i = 0; i < values.size(); ++i) {
    S value;
    std::memcpy(&value, data.data() + i * sizeof(S), sizeof(S));
    values[i] = static_cast<double>(value);
  }
  return values;
}

std::vector<double> numbers(const Element& element, const Reader& reader) {
  switch (element.type) {
    case kInt8: return widen<std::int8_t>(element.data);
    case kUint8: return widen<std::uint8_t>(element.data);
    case kInt16: return widen<std::int16_t>(element.data);
    case kUint16: return widen<std::uint16_t>(element.data);
    case kInt32: return widen<std::int32_t>(element.data);
    case kUint32: return widen<std::uint32_t>(element.data);
    case kSingle: return widen<float>(element.data);
    case kDouble: return widen<double>(element.data);
    case kInt64: return widen<std::int64_t>(element.data);
    case kUint64: return widen<std::uint64_t>(element.data);
    default: reader.fail("an array of element type " + std::to_string(element.type));
  }
}

/// Adds the matrix in `body`, unless it has none of the names or is of a kind that is passed over:
/// array flags, dimensions, name and real part follow each other.
void read_matrix(Reader body, const std::vector<std::string>& names,
                 std::vector<MatMatrix>& matrices) {
  const std::vector<double> flags = numbers(body.next(), body);
  if (flags.empty()) {
    body.fail("an array without flags");
  }
  const auto word = static_cast<std::uint32_t>(flags[0]);
  const std::uint32_t array_class = word & 0xFF;
  const bool numeric = array_class >= kFirstNumericClass && array_class <= kLastNumericClass;
  if (!numeric || (word & kComplexFlag) != 0) {
    return;
  }
  const std::vector<double> dimensions = numbers(body.next(), body);
  const Bytes name = body.next().data;
  MatMatrix matrix;
  matrix.name.assign(name.begin(), name.end());
  if (dimensions.size() != 2 || std::find(names.begin(), names.end(), matrix.name) == names.end()) {
    return;
  }
  matrix.values = numbers(body.next(), body);
  if (dimensions[0] < 0 || dimensions[1] < 0 ||
      dimensions[0] * dimensions[1] != static_cast<double>(matrix.values.size())) {
    body.fail("variable '" + matrix.name + "' does not fill its dimensions");
  }
  matrix.rows = static_cast<std::int64_t>(dimensions[0]);
  matrix.columns = static_cast<std::int64_t>(dimensions[1]);
  matrices.push_back(std::move(matrix));
}

}  // namespace

std::vector<MatMatrix> read_mat(const std::filesystem::path& path,
                                const std::vector<std::string>& names) {
  const MappedFile file(path);
  const Bytes bytes = file.bytes();
  // Version 0x0100 and 'MI', which reads "IM" where the file is little-endian.
  constexpr std::uint8_t kSignature[] = {0x00, 0x01, 'I', 'M'};
  if (bytes.size() < kHeaderBytes ||
      std::memcmp(bytes.data() + kHeaderBytes - 4, kSignature, 4) != 0) {
    bad_file(path, "is no little-endian MATLAB 5 MAT-file; save it with 'save -v7'");
  }
  std::vector<MatMatrix> matrices;
  for (Reader reader(bytes.subspan(kHeaderBytes), path); !reader.at_end();) {
    const Element element = reader.next();
    if (element.type == kMatrix) {
      read_matrix(Reader(element.data, path), names, matrices);
    } else if (element.type == kCompressed) {
      const std::vector<std::uint8_t> inflated =
          inflate_zlib(element.data, kMostVariableBytes, path);
      const Element inner = Reader(inflated, path).next();
      if (inner.type == kMatrix) {
        read_matrix(Reader(inner.data, path), names, matrices);
      }
    }
  }
  return matrices;
}

}  // namespace infoplane
