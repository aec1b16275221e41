#include "train/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/atomic_file.h"
#include "core/error.h"

namespace infoplane {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

using Json = nlohmann::ordered_json;
using SortedJson = nlohmann::json;  // a name is found quickly among very many

constexpr char kMetadata[] = "__metadata__";
constexpr std::uint64_t kMostHeaderBytes = 100'000'000;  // the format's own limit

[[noreturn]] void damaged(const std::filesystem::path& file, const std::string& what) {
  throw DataError(
      fmt::format("{}: {}; it is no safetensors file, or a damaged one", file.string(), what));
}

Json shape_json(const Shape& shape) {
  Json extents = Json::array();
  for (int axis = 0; axis < shape.rank(); ++axis) {
    extents.push_back(shape[axis]);
  }
  return extents;
}

/// A shape in the header, or an error. The product of its extents is at most `most`.
Shape read_shape(const std::filesystem::path& file, const std::string& name,
                 const SortedJson& extents, std::uint64_t most) {
  if (!extents.is_array() || extents.size() > Shape::kMaxRank) {
    damaged(file, "the shape of '" + name + "' is no list of at most four extents");
  }
  std::uint64_t product = 1;
  std::vector<std::int64_t> list;
  for (const SortedJson& extent : extents) {
    if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > most ||
        product * std::max<std::uint64_t>(extent.get<std::uint64_t>(), 1) > most) {
      damaged(file, "the shape of '" + name + "' is larger than the file");
    }
    list.push_back(extent.get<std::int64_t>());
    product *= std::max<std::uint64_t>(extent.get<std::uint64_t>(), 1);
  }
  switch (list.size()) {
    case 0: return {};
    case 1: return {list[0]};
    case 2: return {list[0], list[1]};
    case 3: return {list[0], list[1], list[2]};
    default: return {list[0], list[1], list[2], list[3]};
  }
}

/// What the header says of a tensor: its bytes are `first` to `last` of the data.
struct Entry {
  std::string name;
  Shape shape;
  std::uint64_t count;
  std::uint64_t first;
  std::uint64_t last;
};

Entry read_entry(const std::filesystem::path& file, const std::string& name,
                 const SortedJson& entry, std::uint64_t data_bytes) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets")) {
    damaged(file, "the entry '" + name + "' is incomplete");
  }
  if (entry["dtype"] != "F32") {
    damaged(file, "'" + name + "' is of another dtype than F32");
  }
  const SortedJson& offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    damaged(file, "the place of '" + name + "' is no pair of offsets");
  }
  const auto first = offsets[0].get<std::uint64_t>();
  const auto last = offsets[1].get<std::uint64_t>();
  const Shape shape = read_shape(file, name, entry["shape"], data_bytes);
  const auto count = shape.rank() == 0 ? 1 : static_cast<std::uint64_t>(shape.numel());
  if (first > last || last > data_bytes || last - first != count * sizeof(float)) {
    damaged(file, "the place of '" + name + "' does not fit its shape or the file");
  }
  return {name, shape, count, first, last};
}

/// The entries of a header in the order of their data, which they cover without a gap or an
/// overlap, as the format has it: so tensors are no larger than the file.
std::vector<Entry> read_entries(const std::filesystem::path& file, const SortedJson& header,
                                std::uint64_t data_bytes) {
  std::vector<Entry> entries;
  for (const auto& [name, entry] : header.items()) {
    if (name != kMetadata) {
      entries.push_back(read_entry(file, name, entry, data_bytes));
    }
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.first, a.last) < std::tie(b.first, b.last);
  });
  std::uint64_t end = 0;
  for (const Entry& entry : entries) {
    if (entry.first != end) {
      damaged(file, "the place of '" + entry.name + "' is not where the data before it end");
    }
    end = entry.last;
  }
  if (end != data_bytes) {
    damaged(file, fmt::format("it holds {} bytes of data, its tensors take {}", data_bytes, end));
  }
  return entries;
}

std::map<std::string, std::string> read_metadata(const std::filesystem::path& file,
                                                 const SortedJson& header) {
  std::map<std::string, std::string> metadata;
  const auto found = header.find(kMetadata);
  if (found == header.end()) {
    return metadata;
  }
  if (!found->is_object()) {
    damaged(file, "its metadata are no JSON object");
  }
  for (const auto& [key, value] : found->items()) {
    if (!value.is_string()) {
      damaged(file, "its metadata are no strings");
    }
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

NamedTensor read_tensor(const std::filesystem::path& file, const Entry& entry,
                        std::ifstream& stream) {
  NamedTensor tensor{entry.name, entry.shape, std::vector<float>(entry.count)};
  stream.read(reinterpret_cast<char*>(tensor.values.data()),
              static_cast<std::streamsize>(entry.last - entry.first));
  if (!stream) {
    damaged(file, "it ends within '" + entry.name + "'");
  }
  return tensor;
}

}  // namespace

void write_safetensors(const std::filesystem::path& file, const SafeTensors& content) {
  Json header;
  header[kMetadata] = content.metadata;
  std::uint64_t offset = 0;
  for (const NamedTensor& tensor : content.tensors) {
    const std::uint64_t end = offset + tensor.values.size() * sizeof(float);
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", shape_json(tensor.shape)}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // so that the data are aligned
  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes.reserve(sizeof length + text.size() + offset);
  bytes += text;
  for (const NamedTensor& tensor : content.tensors) {
    bytes.append(reinterpret_cast<const char*>(tensor.values.data()),
                 tensor.values.size() * sizeof(float));
  }
  write_file_atomically(file, bytes);
}

SafeTensors read_safetensors(const std::filesystem::path& file) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream) {
    throw DataError(file.string() + ": cannot be read; check the path and its permissions");
  }
  std::uint64_t length = 0;
  stream.read(reinterpret_cast<char*>(&length), sizeof length);
  if (!stream || length > kMostHeaderBytes || length > size - sizeof length) {
    damaged(file, "its header does not fit the file");
  }
  std::string text(length, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(length));
  const SortedJson header = SortedJson::parse(text, nullptr, false);
  if (!header.is_object()) {
    damaged(file, "its header is no JSON object");
  }
  SafeTensors content{read_metadata(file, header), {}};
  for (const Entry& entry : read_entries(file, header, size - sizeof length - length)) {
    content.tensors.push_back(read_tensor(file, entry, stream));
  }
  return content;
}

}  // namespace infoplane
