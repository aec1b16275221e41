#include "train/event_log.h"

#include <fstream>

#include "train/utc_time.h"

namespace infoplane {

using Json = nlohmann::ordered_json;

/// Rewrites the file without what lies behind `step`.
EventLog::Kept EventLog::cut_back(const std::filesystem::path& file, std::int64_t step) {
  std::string kept;
  bool has_checkpoint = false;
  std::ifstream stream(file, std::ios::binary);
  for (std::string line; std::getline(stream, line);) {
    const Json event = Json::parse(line, nullptr, false);
    if (event.is_object() && event.contains("step") && event["step"].is_number_integer() &&
        event["step"].get<std::int64_t>() <= step) {
      kept += line + "\n";
      has_checkpoint |= event["step"] == step && event.value("event", "") == "checkpoint";
    }
  }
  write_file_atomically(file, kept);
  return {static_cast<std::int64_t>(kept.size()), has_checkpoint};
}

EventLog::EventLog(const std::filesystem::path& file) : file_(file) {}

EventLog::EventLog(const std::filesystem::path& file, std::int64_t step)
    : EventLog(file, cut_back(file, step)) {}

void EventLog::add(const std::string& event, std::int64_t step, double epoch, const Json& details) {
  Json line{{"time", utc_now()}, {"event", event}, {"step", step}, {"epoch", epoch}};
  line.update(details);
  // A name that is no UTF-8, of a folder say, must not end a run.
  file_.append(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace infoplane
