#include "train/safetensors.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/error.h"

namespace infoplane {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

using Json = nlohmann::ordered_json;

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

/// The elements of a shape in the header, or an error. The product stays below `most`.
Shape read_shape(const std::filesystem::path& file, const std::string& name, const Json& extents,
                 std::uint64_t most) {
  if (!extents.is_array() || extents.size() > Shape::kMaxRank) {
    damaged(file, "the shape of '" + name + "' is no list of at most four extents");
  }
  std::uint64_t product = 1;
  std::vector<std::int64_t> list;
  for (const Json& extent : extents) {
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

NamedTensor read_tensor(const std::filesystem::path& file, const std::string& name,
                        const Json& entry, std::ifstream& stream, std::uint64_t data_start,
                        std::uint64_t data_bytes) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets")) {
    damaged(file, "the entry '" + name + "' is incomplete");
  }
  if (entry["dtype"] != "F32") {
    damaged(file, "'" + name + "' is of another dtype than F32");
  }
  const Json& offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    damaged(file, "the place of '" + name + "' is no pair of offsets");
  }
  const auto first = offsets[0].get<std::uint64_t>();
  const auto last = offsets[1].get<std::uint64_t>();
  NamedTensor tensor{name, read_shape(file, name, entry["shape"], data_bytes), {}};
  const auto count =
      tensor.shape.rank() == 0 ? 1 : static_cast<std::uint64_t>(tensor.shape.numel());
  if (first > last || last > data_bytes || last - first != count * sizeof(float)) {
    damaged(file, "the place of '" + name + "' does not fit its shape or the file");
  }
  tensor.values.resize(count);
  stream.seekg(static_cast<std::streamoff>(data_start + first));
  stream.read(reinterpret_cast<char*>(tensor.values.data()),
              static_cast<std::streamsize>(last - first));
  if (!stream) {
    damaged(file, "it ends within '" + name + "'");
  }
  return tensor;
}

}  // namespace

void write_safetensors(const std::filesystem::path& file, const SafeTensors& content) {
  Json header;
  header["__metadata__"] = content.metadata;
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
  const Json header = Json::parse(text, nullptr, false);
  if (!header.is_object()) {
    damaged(file, "its header is no JSON object");
  }
  SafeTensors content;
  const std::uint64_t data_start = sizeof length + length;
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") {
      content.tensors.push_back(
          read_tensor(file, name, entry, stream, data_start, size - data_start));
      continue;
    }
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) {
        damaged(file, "its metadata are no strings");
      }
      content.metadata[key] = value.get<std::string>();
    }
  }
  return content;
}

}  // namespace infoplane
