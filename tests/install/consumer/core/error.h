#pragma once

namespace consumer {

inline constexpr int kFailed = 1;

}  // namespace consumer
