#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"

namespace infoplane::cuda {

/// A backend on the current GPU, with a stream and library handles of its own. Throws
/// DeviceMissing with why_missing()'s text when there is none.
std::shared_ptr<Backend> make_backend(const Numerics& numerics);

/// What keeps this build from using a GPU on this machine; empty when nothing does. Never throws.
std::string why_missing() noexcept;

/// {"CUDA runtime", "13.0"}, {"CUDA driver", ...}, {"cuBLAS", ...}, {"cuDNN", ...}; empty in a
/// build without CUDA.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace infoplane::cuda
