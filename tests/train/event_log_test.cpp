#include "train/event_log.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"

namespace infoplane::test {
namespace {

using Json = nlohmann::ordered_json;

std::vector<Json> events_in(const std::filesystem::path& file) {
  std::vector<Json> events;
  std::istringstream stream(read_file(file));
  for (std::string line; std::getline(stream, line);) {
    events.push_back(Json::parse(line));
  }
  return events;
}

std::vector<std::string> names_in(const std::filesystem::path& file) {
  std::vector<std::string> names;
  for (const Json& event : events_in(file)) {
    names.push_back(event["event"]);
  }
  return names;
}

TEST(EventLog, GoesOnBehindTheEventsUpToTheCheckpoint) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "events.jsonl";
  {
    EventLog log(file);
    log.add("start", 0, 0.0);
    log.add("resume", 8, 1.0);
    log.add("checkpoint", 8, 1.0);
    log.add("transition", 16, 2.0);
  }
  std::ofstream(file, std::ios::app) << R"({"time":"torn)";
  EventLog log(file, 8);
  EXPECT_THAT(names_in(file), testing::ElementsAre("start", "resume", "checkpoint"));
  EXPECT_TRUE(log.has_checkpoint());
  log.add("warning", 9, 1.125, {{"message", "a name that is no UTF-8: \xff"}});
  const std::vector<Json> events = events_in(file);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[3]["step"], 9);
  EXPECT_EQ(events[3]["epoch"], 1.125);
  EXPECT_THAT(events[3]["message"].get<std::string>(), testing::StartsWith("a name that is no"));
}

TEST(EventLog, AMissingFileIsMade) {
  const TemporaryFolder folder;
  EventLog log(folder / "events.jsonl", 8);
  EXPECT_FALSE(log.has_checkpoint());
  log.add("resume", 8, 1.0);
  EXPECT_THAT(names_in(folder / "events.jsonl"), testing::ElementsAre("resume"));
}

}  // namespace
}  // namespace infoplane::test
