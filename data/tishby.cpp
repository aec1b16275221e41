#include "data/tishby.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "data/file.h"
#include "data/mat.h"
#include "data/split.h"

namespace infoplane {

namespace {

constexpr int kBits = 12;
constexpr int kPatterns = 1 << kBits;
constexpr double kThreshold = 7.63;

using Point = std::array<double, 3>;

/// Cyclic permutations of (0, +-1, +-phi), phi the golden ratio, scaled to the unit sphere.
std::array<Point, kBits> icosahedron() {
  const double phi = (1.0 + std::sqrt(5.0)) / 2.0;
  const double radius = std::sqrt(1.0 + phi * phi);
  std::array<Point, kBits> vertices{};
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (const double one : {-1.0, 1.0}) {
      for (const double golden : {-phi, phi}) {
        vertices[next][(axis + 1) % 3] = one / radius;
        vertices[next][(axis + 2) % 3] = golden / radius;
        ++next;
      }
    }
  }
  return vertices;
}

bool bit(std::uint32_t pattern, int index) { return (pattern >> (kBits - 1 - index) & 1) != 0; }

/// Labels of all patterns, in ascending order of the pattern.
using Labels = std::vector<std::int32_t>;

Labels generated_labels() {
  Labels labels;
  for (std::uint32_t pattern = 0; pattern < kPatterns; ++pattern) {
    labels.push_back(tishby_label(pattern));
  }
  return labels;
}

Labels labels_in(const std::filesystem::path& file) {
  const std::vector<MatMatrix> matrices = read_mat(file, {"F", "y"});
  const auto find = [&](const char* name, std::int64_t rows, std::int64_t columns) {
    const auto found = std::find_if(matrices.begin(), matrices.end(), [&](const MatMatrix& matrix) {
      return matrix.name == name && matrix.rows == rows && matrix.columns == columns;
    });
    if (found == matrices.end()) {
      bad_file(file, std::string("holds no matrix ") + name + " of " + std::to_string(rows) +
                         " x " + std::to_string(columns) +
                         "; bring the 12-bit task's var_u.mat, or remove it to generate the task");
    }
    return *found;
  };
  const MatMatrix inputs = find("F", kPatterns, kBits);
  const MatMatrix outputs = find("y", 1, kPatterns);
  Labels labels(kPatterns, -1);
  for (std::int64_t row = 0; row < kPatterns; ++row) {
    std::uint32_t pattern = 0;
    bool binary = outputs.at(0, row) == 0.0 || outputs.at(0, row) == 1.0;
    for (int column = 0; column < kBits; ++column) {
      const double value = inputs.at(row, column);
      binary = binary && (value == 0.0 || value == 1.0);
      pattern = pattern << 1 | (value == 1.0 ? 1u : 0u);
    }
    if (!binary || labels[pattern] != -1) {
      bad_file(file, "pattern " + std::to_string(row) + " is " +
                         (binary ? "there twice" : "not made of zeros and ones") +
                         "; bring the 12-bit task's var_u.mat, or remove it to generate the task");
    }
    labels[pattern] = outputs.at(0, row) == 1.0 ? 1 : 0;
  }
  return labels;
}

void append(std::uint32_t pattern, const Labels& labels, Split& split) {
  for (int index = 0; index < kBits; ++index) {
    split.pixels.push_back(bit(pattern, index) ? 1 : 0);
  }
  split.labels.push_back(labels[pattern]);
  split.sources.rows.push_back(pattern);
}

}  // namespace

int tishby_label(std::uint32_t pattern) {
  static const std::array<Point, kBits> vertices = icosahedron();
  int points = 0;
  Point sum{};
  for (int index = 0; index < kBits; ++index) {
    if (bit(pattern, index)) {
      ++points;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        sum[axis] += vertices[static_cast<std::size_t>(index)][axis];
      }
    }
  }
  return points + std::hypot(sum[0], sum[1], sum[2]) > kThreshold ? 1 : 0;
}

DataSet load_tishby(const std::optional<std::filesystem::path>& own_file,
                    const DataOptions& options) {
  const Labels labels = own_file ? labels_in(*own_file) : generated_labels();
  DataSet set;
  set.image = {kBits};
  set.classes = 2;
  set.class_names = {"0", "1"};
  set.scale = 1.0f;
  if (own_file) {
    set.files = {*own_file};
  }
  const std::vector<std::int64_t> order = shuffled_order(kPatterns, options.seed);
  const auto share = static_cast<std::size_t>(training_share(kPatterns));
  for (std::size_t i = 0; i < share; ++i) {
    append(static_cast<std::uint32_t>(order[i]), labels, set.train);
  }
  for (std::uint32_t pattern = 0; pattern < kPatterns; ++pattern) {
    append(pattern, labels, set.validation);
  }
  return set;
}

}  // namespace infoplane
