#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "analysis/information.h"
#include "analysis/joint_estimates.h"
#include "bench/bandwidth.h"
#include "bench/logits.h"
#include "bench/timing.h"
#include "core/device.h"
#include "core/joint_counts.h"

namespace infoplane::bench {

/// One configuration of `infoplane bench mi`.
struct MiCase {
  std::string state = "fresh";  ///< a name of bench/logits.h
  std::int64_t rows = 0;        ///< N
  int classes = 10;             ///< C
  int bins = 10;                ///< B
  Device device = Device::kCpu;
  std::string kernel;  ///< of the device, by its name; empty: the one that a user gets
  int threads = 1;     ///< of the host
};

struct MiResult {
  MiCase config;
  std::string machine;      ///< the device, as its backend describes it
  std::string kernel;       ///< that counted; of a GPU as it was asked for
  Information information;  ///< of the rows timed
  Reliability reliability;  ///< of that
  std::int64_t recounted = 0;
  Timing count;             ///< all rows into the table
  Timing information_time;  ///< entropies and planes from the table, which is then empty again
  Timing all;               ///< both together: one sample
  Bandwidth bandwidth;

  double rows_per_second() const;   ///< N over `all`, fastest repeat
  double bytes_per_second() const;  ///< of logits and labels read, likewise
  /// bytes_per_second() of bandwidth.bytes_per_second; above one where the rows fit a cache.
  double bandwidth_share() const;
  /// The kernel, for a table: as it was asked for, and which one that was: "auto (avx512)".
  std::string kernel_text() const;
};

class MiSample;

/// Checks, then times, configurations one after another.
class MiBench {
 public:
  /// Errors: UsageError for an unknown state, a kernel that is unknown or that cannot count this
  /// here, or no such table; Error when a check fails: counts must sum to N, the table must be the
  /// scalar kernel's to the bit, and on the first 4,096 rows the sizes of its cells those of a
  /// recount in double, but for rows near an edge.
  MiResult run(const MiCase& config, int repeats);

 private:
  void draw(const MiCase& config);
  void check(MiSample& sample, const MiCase& config, std::int64_t recounted) const;
  /// Measured once, so that the shares of all configurations are of one number.
  const Bandwidth& bandwidth(Context& ctx, int threads);

  // Of the last configuration: for the next, if they are its, too.
  MiCase drawn_;
  Logits logits_;
  std::vector<JointCell> scalar_table_;

  std::map<std::pair<Device, int>, Bandwidth> bandwidths_;  // by device and threads
};

nlohmann::ordered_json to_json(const MiResult& result);

}  // namespace infoplane::bench
