#include "core/nearest.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>

namespace infoplane {

int edit_distance(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  };
  // Rows i - 2, i - 1 and i of the table of distances between prefixes of a and b.
  std::vector<int> before(b.size() + 1);
  std::vector<int> above(b.size() + 1);
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = above[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

namespace {

int distance(std::string_view name, const std::string& candidate) {
  const int edits = edit_distance(name, candidate);
  return !name.empty() && candidate.starts_with(name) ? std::min(edits, 1) : edits;
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  const auto best = std::min_element(candidates.begin(), candidates.end(),
                                     [&](const std::string& x, const std::string& y) {
                                       return distance(name, x) < distance(name, y);
                                     });
  return best == candidates.end() ? std::string() : *best;
}

std::optional<std::string> near_name(std::string_view name,
                                     const std::vector<std::string>& candidates) {
  const std::string near = nearest(name, candidates);
  const int most = std::max(1, static_cast<int>(name.size() + 1) / 3);
  return !candidates.empty() && distance(name, near) <= most ? std::optional(near) : std::nullopt;
}

std::string listed(const std::vector<std::string>& candidates) {
  std::string all;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    all += (i == 0 ? "" : i + 1 == candidates.size() ? " and " : ", ") + candidates[i];
  }
  return all.empty() ? "none" : all;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates,
                       const std::string& more) {
  if (const std::optional<std::string> near = near_name(name, candidates)) {
    return "did you mean '" + *near + "'?" + (more.empty() ? "" : " ") + more;
  }
  return (candidates.size() == 1 ? "there is " : "there are ") + listed(candidates) +
         (more.empty() ? "" : "; ") + more;
}

}  // namespace infoplane
