#include "apps/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace infoplane::apps {
namespace {

constexpr double kRefresh = 0.1;  // seconds
constexpr char kClearLine[] = "\r\x1b[K";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Writes and forgets: what becomes of it does not matter to the work.
void write(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

int width_of(std::FILE* stream) {
  winsize size{};
  return ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string number(bool known, double value, const char* format) {
  return known ? fmt::format(fmt::runtime(format), value) : "-";
}

}  // namespace

void Output::say(const std::string& text) const {
  if (!quiet) {
    write(stream(), text);
  }
}

ProgressLine::ProgressLine(std::FILE* stream)
    : stream_(stream),
      terminal_(::isatty(::fileno(stream)) == 1 && variable("TERM") != "dumb"),
      colour_(terminal_ && variable("NO_COLOR").empty()) {}

void ProgressLine::show(const std::string& before, double share, const std::string& after,
                        const std::string& shorter) {
  if (!terminal_) {
    return;
  }
  // A character is left free, for some terminals go to the next line behind their last.
  std::string text = progress_text(before, share, after, shorter, width_of(stream_) - 1);
  const std::size_t bar = text.find('[');
  if (const std::size_t end = text.find(']'); colour_ && end != std::string::npos) {
    text.insert(end, "\x1b[0m");
    text.insert(bar + 1, "\x1b[32m");
  }
  write(stream_, kClearLine + text);
  shown_ = true;
}

void ProgressLine::clear() {
  if (shown_) {
    write(stream_, kClearLine);
    shown_ = false;
  }
}

std::string progress_text(const std::string& before, double share, const std::string& after,
                          const std::string& shorter, int width) {
  constexpr int kLeastBar = 6;
  constexpr int kMostBar = 30;
  const auto room_beside = [&](const std::string& words) {  // and two brackets, two blanks
    return std::min(kMostBar, width - static_cast<int>(before.size() + words.size()) - 4);
  };
  const bool is_long = room_beside(after) >= kLeastBar || shorter.empty();
  const std::string& words = is_long ? after : shorter;
  const int bar = room_beside(words);
  std::string text = before + " ";
  if (bar >= kLeastBar) {
    const double part = std::clamp(std::isfinite(share) ? share : 0.0, 0.0, 1.0);
    const int filled = static_cast<int>(part * bar);
    text += fmt::format("[{:#<{}}{:.<{}}] ", "", filled, "", bar - filled);
  }
  text += words;
  return text.substr(0, static_cast<std::size_t>(std::max(width, 0)));
}

std::string megabytes_text(std::int64_t bytes) {
  return fmt::format("{:.1f} MB", 1e-6 * static_cast<double>(bytes));
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0)));
  const std::int64_t minutes = whole / 60;
  return minutes < 60 ? fmt::format("{}:{:02}", minutes, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", minutes / 60, minutes % 60, whole % 60);
}

TrainingProgress::TrainingProgress(const Output& output, std::int64_t epochs,
                                   std::int64_t steps_per_epoch, std::int64_t first_step)
    : output_(output),
      epochs_(epochs),
      steps_per_epoch_(steps_per_epoch),
      first_step_(first_step),
      line_(output.stream()) {
  if (!line_.is_terminal()) {
    output_.say(fmt::format("\n{:>7} {:>8} {:>10} {:>9} {:>9} {:>10} {:>10} {:>8} {:>8}\n", "epoch",
                            "lr", "train loss", "val loss", "accuracy", "I(X;T) bit", "I(T;Y) bit",
                            "symbols", "time"));
  }
}

void TrainingProgress::on_step(std::int64_t step) {
  if (line_.is_terminal() && seconds() - drawn_at_ >= kRefresh) {
    draw(step);
  }
}

void TrainingProgress::on_epoch(const EpochSummary& epoch) {
  bool sampled = false;
  for (const Sample& sample : epoch.samples) {
    if (sample.split == "validation") {
      last_ = sample.information;
      sampled = last_.rows > 0;
    }
  }
  has_loss_ = true;
  loss_nats_ = epoch.loss_nats;
  if (line_.is_terminal()) {
    if (epoch.epoch == epochs_ || seconds() - drawn_at_ >= kRefresh) {
      draw(epoch.step);
    }
    return;
  }
  output_.say(fmt::format(
      "{:>7} {:>8.3g} {:>10.4f} {:>9} {:>9} {:>10} {:>10} {:>8} {:>8}\n",
      fmt::format("{}/{}", epoch.epoch, epochs_), epoch.lr, epoch.loss_nats,
      number(sampled, last_.loss_nats, "{:.4f}"), number(sampled, last_.accuracy, "{:.4f}"),
      number(sampled, last_.i_xt_bits, "{:.4f}"), number(sampled, last_.i_ty_bits, "{:.4f}"),
      sampled ? std::to_string(last_.symbols) : "-", duration_text(seconds())));
}

void TrainingProgress::draw(std::int64_t step) {
  if (output_.quiet) {
    return;
  }
  drawn_at_ = seconds();
  const std::int64_t steps = epochs_ * steps_per_epoch_;
  const std::int64_t done = step - first_step_;
  const bool sampled = last_.rows > 0;
  const std::string left =
      done > 0
          ? duration_text(drawn_at_ / static_cast<double>(done) * static_cast<double>(steps - step))
          : "-";
  const auto words = [&](const char* gap, const char* share_format, const char* bits_format) {
    return fmt::format("loss {1}{0}acc {2}{0}I(X;T) {3}{0}I(T;Y) {4}{0}ETA {5}", gap,
                       number(has_loss_, loss_nats_, share_format),
                       number(sampled, last_.accuracy, share_format),
                       number(sampled, last_.i_xt_bits, bits_format),
                       number(sampled, last_.i_ty_bits, bits_format), left);
  };
  line_.show(fmt::format("epoch {}/{}", std::min(step / steps_per_epoch_ + 1, epochs_), epochs_),
             static_cast<double>(step) / static_cast<double>(steps),
             words("  ", "{:.4f}", "{:.3f}"), words(" ", "{:.3f}", "{:.2f}"));
}

}  // namespace infoplane::apps
