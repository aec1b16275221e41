#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace infoplane::test {

inline constexpr char kMetricsHeader[] =
    "step,epoch,split,loss_nats,accuracy,i_xt_bits,i_ty_bits,h_y_bits,symbols,singletons,n,"
    "rejected\n";

/// A run directory written by hand.
class RunFiles {
 public:
  RunFiles(const TemporaryFolder& folder, const std::string& name) : path_(folder / name) {
    std::filesystem::create_directories(path_);
  }
  const RunFiles& write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return *this;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string config_toml(int seed, double lr = 0.1) {
  return "model = \"fc-3\"\ndata = \"mnist\"\nlr = " + std::to_string(lr) +
         "\nseed = " + std::to_string(seed) + "\nthreads = " + std::to_string(seed) +
         "\n[sample]\nevery = \"50\"\n";
}

/// Up to I(X;T) of `peak` bits in a step, then down to 4 bits in three; both splits if asked for.
inline std::string two_phases(double peak, bool train = false) {
  std::string text = kMetricsHeader;
  const double i_xt[] = {2.0, peak, 7.0, 5.0, 4.0};
  for (int i = 0; i < 5; ++i) {
    for (const char* split : {"validation", "train"}) {
      if (train || split[0] == 'v') {
        text += std::to_string(50 * i) + "," + std::to_string(i) + "," + split + ",0.5,0." +
                std::to_string(i + 1) + "," + std::to_string(i_xt[i]) + "," +
                std::to_string(1.0 + 0.5 * i) + ",3.3,80,20,1024,0\n";
      }
    }
  }
  return text;
}

inline RunFiles seed_run(const TemporaryFolder& folder, int seed, double peak, double lr = 0.1,
                         bool train = false) {
  RunFiles run(folder, "run-" + std::to_string(seed) + "-" + std::to_string(lr));
  return run.write("metrics.csv", two_phases(peak, train))
      .write("config.toml", config_toml(seed, lr))
      .write("run.json", R"({"status":"done","command":["infoplane","train","it's"],)"
                         R"("data":{"sha256":"00ff","class_names":["cat","dog"]}})");
}

}  // namespace infoplane::test
