#pragma once

#include <optional>
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

/// The nearest candidate where it is within a third of the name's length, and at least one edit.
std::optional<std::string> near_name(std::string_view name,
                                     const std::vector<std::string>& candidates);

/// "mnist, fashion-mnist and cifar10"; of nothing "none".
std::string listed(const std::vector<std::string>& candidates);

/// What an error about an unknown `name` goes on with: "did you mean 'mnist'?" where one is near;
/// else "there are mnist and cifar10", all of them. `more` follows.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates,
                       const std::string& more = "");

}  // namespace infoplane
