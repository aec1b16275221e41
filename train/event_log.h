#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/atomic_file.h"

namespace infoplane {

/// events.jsonl: what happened to a run besides its samples, one JSON object a line:
///
///   {"time":"2026-01-31T23:59:59Z","event":"checkpoint","step":469,"epoch":1.0, ...}
///
/// Events are start, checkpoint, resume, warning, transition, convergence and end. Steps never
/// fall from line to line.
class EventLog {
 public:
  /// Creates the file, which must not exist yet.
  explicit EventLog(const std::filesystem::path& file);

  /// Goes on from a checkpoint at `step`: events of later steps are taken out, for they will happen
  /// again, and so is a line that a killed run left unfinished. Events up to that step stay, other
  /// resumes among them. A missing file is created.
  EventLog(const std::filesystem::path& file, std::int64_t step);

  /// Appends an event with what else there is to say of it. Throws Error naming file and reason.
  void add(const std::string& event, std::int64_t step, double epoch,
           const nlohmann::ordered_json& details = nlohmann::ordered_json::object());

  void flush() { file_.flush(); }

  /// Whether the checkpoint gone on from is among the events.
  bool has_checkpoint() const { return has_checkpoint_; }

 private:
  struct Kept {
    std::int64_t bytes = 0;
    bool has_checkpoint = false;
  };
  static Kept cut_back(const std::filesystem::path& file, std::int64_t step);
  EventLog(const std::filesystem::path& file, const Kept& kept)
      : file_(file, kept.bytes), has_checkpoint_(kept.has_checkpoint) {}

  AppendFile file_;
  bool has_checkpoint_ = false;
};

}  // namespace infoplane
