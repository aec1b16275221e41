#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "analysis/information.h"
#include "train/trainer.h"

namespace infoplane::apps {

/// What a command says besides its results, and where.
struct Output {
  bool json = false;   ///< results are JSON on stdout; everything else goes to stderr
  bool quiet = false;  ///< nothing but results, warnings and errors

  /// Prints text for people. Never fails: a closed terminal must not end a run.
  void say(const std::string& text) const;
  std::FILE* stream() const { return json ? stderr : stdout; }
};

/// One line that is drawn over itself on a terminal: what is done of all, in words and as a bar.
class ProgressLine {
 public:
  explicit ProgressLine(std::FILE* stream);

  /// Whether the stream is a terminal that can do so; if not, show() and clear() do nothing.
  bool is_terminal() const { return terminal_; }

  /// Draws `before [####....] after`, cut to the terminal's width; `share` in [0, 1]. Where the bar
  /// has no room beside `after`, `shorter` takes its place, if there is one.
  void show(const std::string& before, double share, const std::string& after,
            const std::string& shorter = "");
  /// Takes the line away, for whatever is printed next.
  void clear();

 private:
  std::FILE* stream_;
  bool terminal_;
  bool colour_;
  bool shown_ = false;
};

/// The text of ProgressLine without its control characters: at most `width` characters. The bar
/// takes what the words leave, and goes when there is no room for it beside the shorter ones.
std::string progress_text(const std::string& before, double share, const std::string& after,
                          const std::string& shorter, int width);

/// "0:07", "12:34", "1:02:03".
std::string duration_text(double seconds);

/// "14.4 MB".
std::string megabytes_text(std::int64_t bytes);

/// How a training run is getting on. On a terminal one line with epoch, loss, accuracy, I(X;T),
/// I(T;Y) and the time left; otherwise a table with a line an epoch. Loss and information are those
/// of the last epoch that is behind us: to show newer ones, the host would have to wait for the
/// device.
class TrainingProgress {
 public:
  TrainingProgress(const Output& output, std::int64_t epochs, std::int64_t steps_per_epoch,
                   std::int64_t first_step);

  void on_step(std::int64_t step);
  void on_epoch(const EpochSummary& epoch);
  void end() { line_.clear(); }

  /// The last sample of the validation split, or one without rows.
  const Information& last() const { return last_; }

 private:
  using Clock = std::chrono::steady_clock;

  void draw(std::int64_t step);
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  Output output_;
  std::int64_t epochs_;
  std::int64_t steps_per_epoch_;
  std::int64_t first_step_;  ///< where this part of the run began
  ProgressLine line_;
  Clock::time_point start_ = Clock::now();
  double drawn_at_ = -1.0;
  bool has_loss_ = false;
  double loss_nats_ = 0.0;
  Information last_;
};

}  // namespace infoplane::apps
