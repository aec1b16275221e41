#include "apps/phase_options.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <string>

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
      ->check([](const std::string& text) {  // a range lets it pass
        return std::isnan(std::strtod(text.c_str(), nullptr)) ? "it is no number" : "";
      });
}

}  // namespace infoplane::apps
