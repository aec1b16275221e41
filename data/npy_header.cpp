#include "data/npy_header.h"

#include <charconv>
#include <string_view>

#include "data/file.h"

namespace infoplane {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::string_view kZipMagic = "PK\x03\x04";
constexpr std::size_t kMostAxes = 32;  // NumPy's own bound

/// Reads the one Python literal that a header is: a dict of a string, a bool and a tuple of ints.
class Literal {
 public:
  Literal(std::string_view text, const std::filesystem::path& file) : text_(text), file_(file) {}

  [[noreturn]] void fail(const std::string& what) const {
    bad_file(file_, "damaged .npy header: " + what + "; save the array again with numpy.save");
  }

  bool accept(std::string_view token) {
    skip_blanks();
    if (!text_.starts_with(token)) {
      return false;
    }
    text_.remove_prefix(token.size());
    return true;
  }

  void expect(std::string_view token) {
    if (!accept(token)) {
      fail("expected '" + std::string(token) + "'");
    }
  }

  std::string string() {
    skip_blanks();
    if (!text_.starts_with('\'') && !text_.starts_with('"')) {
      fail("expected a quoted string");
    }
    const std::size_t end = text_.find(text_[0], 1);
    if (end == std::string_view::npos) {
      fail("a quoted string does not end");
    }
    const std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }

  bool boolean() {
    if (accept("True")) {
      return true;
    }
    expect("False");
    return false;
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> values;
    expect("(");
    while (!accept(")")) {
      values.push_back(integer());
      if (values.size() > kMostAxes) {
        fail("more than 32 axes");
      }
      if (!accept(",")) {
        expect(")");
        break;
      }
    }
    return values;
  }

  bool at_end() {
    skip_blanks();
    return text_.empty();
  }

 private:
  std::int64_t integer() {
    skip_blanks();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) {
      fail("an extent is no number");
    }
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    accept("L");  // Python 2 wrote long integers so
    return value;
  }

  void skip_blanks() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t\n"), text_.size()));
  }

  std::string_view text_;
  const std::filesystem::path& file_;
};

void parse_dict(Literal literal, const std::filesystem::path& file, NpyHeader& header) {
  bool has_descr = false;
  bool has_order = false;
  bool has_shape = false;
  literal.expect("{");
  while (!literal.accept("}")) {
    const std::string key = literal.string();
    literal.expect(":");
    if (key == "descr") {
      if (literal.accept("[")) {
        bad_file(file, "holds records (a structured dtype); save one field as a plain array");
      }
      header.descr = literal.string();
      has_descr = true;
    } else if (key == "fortran_order") {
      header.fortran_order = literal.boolean();
      has_order = true;
    } else if (key == "shape") {
      header.shape = literal.tuple();
      has_shape = true;
    } else {
      literal.fail("unknown key '" + key + "'");
    }
    if (!literal.accept(",")) {
      literal.expect("}");
      break;
    }
  }
  if (!literal.at_end() || !has_descr || !has_order || !has_shape) {
    literal.fail("expected the keys descr, fortran_order and shape alone");
  }
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.empty()) {
    bad_file(file, "is empty; save the array again with numpy.save");
  }
  if (text.starts_with(kZipMagic)) {
    bad_file(file, "is an .npz archive; save its one array with numpy.save");
  }
  if (!text.starts_with(kMagic)) {
    bad_file(file, "is no .npy file; save the array with numpy.save");
  }
  // 6 magic bytes, 2 of the version, then the length of the text: 2 bytes in version 1, else 4.
  const int version = text.size() > kMagic.size() ? bytes[kMagic.size()] : 0;
  if (version < 1 || version > 3) {
    bad_file(file, "is of .npy version " + std::to_string(version) +
                       ", versions 1 to 3 are read; save it with numpy.save");
  }
  const std::size_t length_at = 8;
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t begin = length_at + length_bytes;
  std::size_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0 && begin <= bytes.size();) {
    length = length << 8 | bytes[length_at + i];
  }
  if (begin > bytes.size() || length > bytes.size() - begin) {
    bad_file(file, "ends inside the header: truncated; save the array again with numpy.save");
  }
  NpyHeader header;
  header.bytes = begin + length;
  parse_dict(Literal(text.substr(begin, length), file), file, header);
  return header;
}

}  // namespace infoplane
