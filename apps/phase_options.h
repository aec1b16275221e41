#pragma once

#include "analysis/phases.h"

namespace CLI {
class App;
}

namespace infoplane::apps {

/// --window and --min-drop, the parameters of the rule that tells phases apart.
void add_phase_options(CLI::App& command, PhaseRule& rule);

}  // namespace infoplane::apps
