#pragma once

// What the host multiplies with Precision::kBf16: arrays rounded to bfloat16, and products of them.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "core/bf16.h"
#include "cpu/onednn.h"

namespace infoplane {
class Context;
}

namespace infoplane::cpu {

/// Whether oneDNN multiplies bfloat16 on this processor.
bool has_bf16();

/// By the calling thread. Each to the nearest, as to_bf16 (core/bf16.h).
void round_to_bf16(const float* from, std::int64_t n, Bf16* to);
/// By all threads.
void round_to_bf16(Context& ctx, const float* from, std::int64_t n, Bf16* to);

/// Elements from a row of a matrix to the next, and from a column to the next; one of them is 1.
struct Strides {
  std::int64_t row, column;
};

struct Bf16ProductShape {
  std::int64_t m, n, k;
  Strides a, b;
  std::int64_t c_row;  ///< elements from a row of c to the next
  bool adds;           ///< to c; else it is overwritten

  bool operator<(const Bf16ProductShape& other) const { return key() < other.key(); }

 private:
  std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
             std::int64_t, std::int64_t, bool>
  key() const {
    return {m, n, k, a.row, a.column, b.row, b.column, c_row, adds};
  }
};

/// c [m, n] = a [m, k] b [k, n], of bfloat16, summed in float32, by one thread: oneDNN's, planned.
class Bf16Product {
 public:
  /// Throws DeviceError.
  Bf16Product(const dnnl::engine& engine, const Bf16ProductShape& shape);

  std::size_t scratch_bytes() const { return scratchpad_.get_size(); }
  /// By oneDNN's name.
  const std::string& implementation() const { return implementation_; }

  /// By the calling thread, with scratch_bytes() of its own. Throws DeviceError.
  void run(const Bf16* a, const Bf16* b, float* c, void* scratch) const;

 private:
  dnnl::engine engine_;
  dnnl::memory::desc a_, b_, c_, scratchpad_;
  dnnl::matmul primitive_;
  std::string implementation_;
};

/// The products that were asked for, each planned once.
class Bf16Products {
 public:
  explicit Bf16Products(const dnnl::engine& engine) : engine_(engine) {}

  /// Not for several threads at a time. The reference stays.
  const Bf16Product& of(const Bf16ProductShape& shape);

 private:
  dnnl::engine engine_;
  std::map<Bf16ProductShape, Bf16Product> products_;
};

}  // namespace infoplane::cpu
