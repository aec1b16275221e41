#include "apps/help_format.h"

namespace infoplane::apps {
namespace {

constexpr char kSeveral[] = " ...";  // as CLI11 ends a list

bool takes_one_word_a_time(const CLI::Option& option) {
  return option.get_expected_max() > 1 && !option.get_allow_extra_args();
}

}  // namespace

std::string value_of(const CLI::Option& option, const std::string& type) {
  if (!takes_one_word_a_time(option)) {
    return type;
  }
  return option.get_delimiter() == '\0' ? type + " (repeatable)" : type + "," + type + ",...";
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  std::string text = CLI::Formatter::make_option_opts(option);
  const std::size_t several = text.rfind(kSeveral);
  if (!takes_one_word_a_time(*option) || several == std::string::npos) {
    return text;
  }
  text.erase(several, sizeof kSeveral - 1);
  const std::string type = option->get_type_name();
  const std::string name = type.substr(0, type.find(':'));
  return text.replace(text.find(name), name.size(), value_of(*option, name));
}

}  // namespace infoplane::apps
