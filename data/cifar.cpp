#include "data/cifar.h"

#include <algorithm>
#include <sstream>

#include "data/file.h"

namespace infoplane {

namespace {

constexpr std::size_t kPixels = 3 * 32 * 32;
constexpr std::uint64_t kMostNameBytes = 1 << 16;

struct Layout {
  std::size_t label_bytes;  // the last of them is the class
  int classes;

  std::size_t record() const { return label_bytes + kPixels; }
};

Layout layout_of(CifarFormat format) {
  return format == CifarFormat::kCifar10 ? Layout{1, 10} : Layout{2, 100};
}

void append(const MappedFile& file, const Layout& layout, Split& split) {
  for (auto rest = file.bytes(); rest.size() >= layout.record();
       rest = rest.subspan(layout.record())) {
    const int label = rest[layout.label_bytes - 1];
    if (label >= layout.classes) {
      bad_file(file.path(),
               "label " + std::to_string(label) + " of record " +
                   std::to_string((file.bytes().size() - rest.size()) / layout.record()) +
                   " is out of range, there are " + std::to_string(layout.classes) +
                   " classes; bring the official file");
    }
    split.labels.push_back(label);
    const auto image = rest.subspan(layout.label_bytes, kPixels);
    split.pixels.insert(split.pixels.end(), image.begin(), image.end());
  }
}

}  // namespace

Split read_cifar_split(const std::vector<std::filesystem::path>& files, CifarFormat format) {
  const Layout layout = layout_of(format);
  std::uint64_t records = 0;
  for (const std::filesystem::path& file : files) {
    const std::uint64_t bytes = regular_file_size(file);
    if (bytes == 0) {
      bad_file(file, "is empty; bring a fresh copy of it");
    }
    if (bytes % layout.record() != 0) {
      bad_file(file, std::to_string(bytes) + " bytes are no whole number of records of " +
                         std::to_string(layout.record()) +
                         ": truncated, or of another format; bring a fresh copy of it");
    }
    records += bytes / layout.record();
  }
  Split split;
  const std::string what = std::to_string(records) + " images";
  const std::string advice = "free some, or bring the official file";
  reserve_room(split.labels, records, files.front(), what, advice);
  reserve_room(split.pixels, records * kPixels, files.front(), what, advice);
  for (const std::filesystem::path& file : files) {
    append(MappedFile(file), layout, split);  // one at a time: mapped pages count as memory
  }
  return split;
}

std::vector<std::string> read_class_names(const std::filesystem::path& file, int classes) {
  if (regular_file_size(file) > kMostNameBytes) {
    bad_file(file, "is too large for a list of class names; bring the official file");
  }
  const MappedFile mapped(file);
  std::istringstream stream(std::string(mapped.bytes().begin(), mapped.bytes().end()));
  std::vector<std::string> names;
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    if (!line.empty()) {
      names.push_back(line);
    }
  }
  if (static_cast<int>(names.size()) != classes) {
    bad_file(file, "holds " + std::to_string(names.size()) + " class names, expected " +
                       std::to_string(classes) + "; bring the official file");
  }
  return names;
}

}  // namespace infoplane
