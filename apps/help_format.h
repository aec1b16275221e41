#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace infoplane::apps {

/// What stands for the values of an option that may be given several times, as it takes them:
/// "INT,INT,..." in one word, "TEXT (repeatable)" a word each time, `type` for one value or several
/// words.
std::string value_of(const CLI::Option& option, const std::string& type);

/// CLI11's help, which says "TEXT ..." of all that may be given several times.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override;
};

}  // namespace infoplane::apps
