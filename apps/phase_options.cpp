#include "apps/phase_options.h"

#include <CLI/CLI.hpp>

#include "apps/checks.h"

namespace infoplane::apps {

void add_phase_options(CLI::App& command, PhaseRule& rule) {
  command
      .add_option("--window", rule.window,
                  "Samples of the moving mean that phase detection smooths with, odd")
      ->capture_default_str();
  command
      .add_option("--min-drop", rule.min_drop_bits,
                  "Bits that I(X;T) must fall from its peak to count as compression")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1000.0))
      ->check(is_number);
}

}  // namespace infoplane::apps
