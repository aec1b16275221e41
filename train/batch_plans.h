#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nn/network.h"

namespace infoplane {

/// A network's plans of one mode, one for each number of rows; made when one is first asked for.
class BatchPlans {
 public:
  BatchPlans(Context& ctx, Network& network, Mode mode)
      : ctx_(ctx), network_(network), mode_(mode) {}

  NetworkPlan& of(std::int64_t rows) {
    for (const std::unique_ptr<NetworkPlan>& plan : plans_) {
      if (plan->batch() == rows) {
        return *plan;
      }
    }
    plans_.push_back(network_.plan(ctx_, rows, mode_));
    return *plans_.back();
  }

 private:
  Context& ctx_;
  Network& network_;
  Mode mode_;
  std::vector<std::unique_ptr<NetworkPlan>> plans_;
};

}  // namespace infoplane
