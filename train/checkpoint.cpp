#include "train/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "train/crc32c.h"

namespace infoplane {
namespace {

constexpr char kFormat[] = "infoplane checkpoint 1";
constexpr char kSettings[] = "settings";
constexpr char kChecksum[] = "checksum";
constexpr char kMetadataChecksum[] = "metadata_checksum";

/// The metadata of a checkpoint file, by name and with the file's name for errors.
class Fields {
 public:
  Fields(const std::filesystem::path& file, const std::map<std::string, std::string>& metadata)
      : file_(file), metadata_(metadata) {}

  /// For what earlier versions did not write.
  bool has(const std::string& key) const { return metadata_.count(key) != 0; }

  template <class Number>
  Number number(const std::string& key) const {
    const auto found = metadata_.find(key);
    Number value{};
    if (found == metadata_.end()) {
      throw DataError(
          fmt::format("{}: no '{}' in it; this is no checkpoint of a run", file_.string(), key));
    }
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= Number{})) {
      throw DataError(fmt::format("{}: {} is '{}', expected a number of at least 0", file_.string(),
                                  key, text));
    }
    return value;
  }

 private:
  const std::filesystem::path& file_;
  const std::map<std::string, std::string>& metadata_;
};

/// Of all numbers: a bit that turns in a file shows.
std::string checksum(const std::vector<NamedTensor>& tensors) {
  std::string sums;
  for (const NamedTensor& tensor : tensors) {
    const auto* bytes = reinterpret_cast<const char*>(tensor.values.data());
    sums += fmt::format("{:08x}", crc32c({bytes, tensor.values.size() * sizeof(float)}));
  }
  return fmt::format("{:08x}", crc32c(sums));
}

/// Of all else that the file says.
std::string checksum(const std::map<std::string, std::string>& metadata) {
  std::string lines;
  for (const auto& [key, value] : metadata) {
    if (key != kMetadataChecksum) {
      lines += key + '=' + value + '\n';
    }
  }
  return fmt::format("{:08x}", crc32c(lines));
}

/// Whether a sum is that of what it was taken of; earlier versions wrote none.
template <class Content>
bool agrees(const std::map<std::string, std::string>& metadata, const char* key,
            const Content& content) {
  const auto sum = metadata.find(key);
  return sum == metadata.end() || sum->second == checksum(content);
}

}  // namespace

void write_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  const TrainerPosition& at = checkpoint.position;
  std::map<std::string, std::string> metadata = {
      {"format", kFormat},
      {"epoch", std::to_string(at.epoch)},
      {"step_in_epoch", std::to_string(at.step_in_epoch)},
      {"rows_in_epoch", std::to_string(at.rows_in_epoch)},
      {"steps", std::to_string(at.steps)},
      {"passes", std::to_string(at.passes)},
      {"start_sampled", at.start_sampled ? "1" : "0"},
      {"loss_sum", fmt::format("{}", checkpoint.loss_sum)},  // shortest that reads back
      {"optimizer_steps", std::to_string(checkpoint.optimizer_steps)},
      {"metrics_bytes", std::to_string(checkpoint.metrics_bytes)},
      {"per_class_bytes", std::to_string(checkpoint.per_class_bytes)},
      {"layers_bytes", std::to_string(checkpoint.layers_bytes)},
      {"readings_bytes", std::to_string(checkpoint.readings_bytes)},
      {"tensorboard_bytes", std::to_string(checkpoint.tensorboard_bytes)},
      {kSettings, fmt::format("{}", fmt::join(checkpoint.settings, "\n"))},
      {kChecksum, checksum(checkpoint.tensors)}};
  metadata[kMetadataChecksum] = checksum(metadata);
  write_safetensors(file, {std::move(metadata), checkpoint.tensors});
}

Checkpoint read_checkpoint(const std::filesystem::path& file) {
  SafeTensors content = read_safetensors(file);
  if (content.metadata["format"] != kFormat) {
    throw DataError(fmt::format("{}: its format is '{}', expected '{}'; it is of another version",
                                file.string(), content.metadata["format"], kFormat));
  }
  if (!agrees(content.metadata, kChecksum, content.tensors) ||
      !agrees(content.metadata, kMetadataChecksum, content.metadata)) {
    throw DataError(file.string() + ": its numbers are not those that were written; the file is " +
                    "damaged");
  }
  const Fields fields(file, content.metadata);
  Checkpoint checkpoint;
  checkpoint.position = {
      fields.number<std::int64_t>("epoch"),         fields.number<std::int64_t>("step_in_epoch"),
      fields.number<std::int64_t>("rows_in_epoch"), fields.number<std::int64_t>("steps"),
      fields.number<std::uint64_t>("passes"),       fields.number<int>("start_sampled") != 0};
  std::istringstream settings(content.metadata[kSettings]);
  for (std::string line; std::getline(settings, line);) {
    checkpoint.settings.push_back(line);
  }
  checkpoint.loss_sum = fields.number<double>("loss_sum");
  checkpoint.optimizer_steps = fields.number<std::int64_t>("optimizer_steps");
  checkpoint.metrics_bytes = fields.number<std::int64_t>("metrics_bytes");
  checkpoint.per_class_bytes = fields.number<std::int64_t>("per_class_bytes");
  checkpoint.layers_bytes =
      fields.has("layers_bytes") ? fields.number<std::int64_t>("layers_bytes") : 0;
  checkpoint.readings_bytes =
      fields.has("readings_bytes") ? fields.number<std::int64_t>("readings_bytes") : 0;
  checkpoint.tensorboard_bytes =
      fields.has("tensorboard_bytes") ? fields.number<std::int64_t>("tensorboard_bytes") : 0;
  checkpoint.tensors = std::move(content.tensors);
  return checkpoint;
}

}  // namespace infoplane
