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

/// What an error about an unknown `name` goes on with: "did you mean 'mnist'?" where the nearest
/// candidate is within a third of its length, and at least one edit; else "there are mnist and
/// cifar10", all of them. `more` follows.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates,
                       const std::string& more = "");

}  // namespace infoplane
