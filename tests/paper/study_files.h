#pragma once

#include <cmath>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "paper/experiments.h"
#include "tests/support/read_file.h"
#include "tests/support/run_files.h"

namespace infoplane::test {

/// One sample of a run written by hand.
struct HandSample {
  double i_xt = 0.0;
  double i_ty = 0.0;
  double accuracy = 0.0;
  double loss = 1.0;
};

/// Writes a run that is done, with the same samples on both splits, an epoch apart, and readings in
/// which `ib_cnn` has I(X;T) and I(T;Y) of `shift` bits more and `shuffled_labels` has I(T;Y) a
/// tenth of I(X;T).
inline void write_finished_run(const TemporaryFolder& folder, const std::string& name,
                               const std::vector<HandSample>& samples, double shift = 0.0) {
  std::string metrics = kMetricsHeader;
  std::string readings = "step,epoch,split,reading,i_xt_bits,i_ty_bits,accuracy,symbols,n\n";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const HandSample& s = samples[i];
    for (const std::string split : {"validation", "train"}) {
      const std::string place = std::to_string(50 * i) + "," + std::to_string(i) + "," + split;
      metrics += place + "," + std::to_string(s.loss) + "," + std::to_string(s.accuracy) + "," +
                 std::to_string(s.i_xt) + "," + std::to_string(s.i_ty) + ",3.3,80,20,10000,0\n";
      const auto reading = [&](const std::string& kind, double i_xt, double i_ty) {
        readings += place + "," + kind + "," + std::to_string(i_xt) + "," + std::to_string(i_ty) +
                    "," + std::to_string(s.accuracy) + ",80,10000\n";
      };
      reading("paper", s.i_xt, s.i_ty);
      reading("ib_cnn", s.i_xt + shift, s.i_ty + shift);
      reading("shuffled_labels", s.i_xt, 0.1 * s.i_xt);
    }
  }
  RunFiles(folder, name)
      .write("metrics.csv", metrics)
      .write("readings.csv", readings)
      .write("config.toml", config_toml(1))
      .write("run.json", R"({"status":"done","version":"0","commit":"abc","device":{"name":"x"},)"
                         R"("data":{"class_names":["airplane","automobile","bird"]}})");
}

/// The same for a run that is not done, and has no checkpoint yet.
inline void write_unfinished_run(const TemporaryFolder& folder, const std::string& name,
                                 const std::vector<HandSample>& samples) {
  write_finished_run(folder, name, samples);
  RunFiles(folder, name)
      .write("run.json", R"({"status":"interrupted","version":"0","commit":"abc"})")
      .write("config.toml", "epochs = 700\n" + config_toml(1));
}

/// Takes the samples of the training split out of a run.
inline void remove_training_samples(const TemporaryFolder& folder, const std::string& name) {
  for (const char* file : {"metrics.csv", "readings.csv"}) {
    std::istringstream all(read_file(folder.path() / name / file));
    std::string kept;
    for (std::string line; std::getline(all, line);) {
      kept += line.find(",train,") == std::string::npos ? line + "\n" : "";
    }
    RunFiles(folder, name).write(file, kept);
  }
}

/// I(T;Y) and I(X;T) rise while accuracy falls: every pair is inverted and agrees.
inline HandSample agreeing(double i) { return {0.01 * i, 0.002 * i, 1.0 - 0.001 * i}; }
/// I(X;T) falls: every pair is inverted and none agrees.
inline HandSample opposed(double i) { return {9.0 - 0.01 * i, 0.002 * i, 1.0 - 0.001 * i}; }

/// `count` samples of a trace.
inline std::vector<HandSample> hand_samples(std::size_t count,
                                            const std::function<HandSample(double)>& at) {
  std::vector<HandSample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back(at(static_cast<double>(i)));
  }
  return samples;
}

}  // namespace infoplane::test
