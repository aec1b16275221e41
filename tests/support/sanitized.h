#pragma once

namespace infoplane::test {

/// Whether what is tested was built with sanitizers (set by CMake). Everything takes some five
/// times as long there: tests that train, or try many cases, then train for less and try fewer.
inline constexpr bool kSanitized = INFOPLANE_SANITIZED;

}  // namespace infoplane::test
