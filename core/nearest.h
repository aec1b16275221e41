#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace infoplane {

/// How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`, letter
/// case aside (optimal string alignment distance).
int edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, the first of equals: what the user probably meant. One that
/// begins with `name` counts as a single edit away. Empty only when there are no candidates.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace infoplane
