#include "cpu/bf16_product.h"

#include "core/error.h"
#include "cpu/instructions.h"
#include "cpu/one_thread.h"
#include "cpu/parallel.h"
#include "cpu/simd.h"

namespace infoplane::cpu {
namespace {

dnnl::memory::desc describe(std::int64_t rows, std::int64_t columns, Strides strides,
                            dnnl::memory::data_type type) {
  return {{rows, columns}, type, dnnl::memory::dims{strides.row, strides.column}};
}

std::string to_string(const Bf16ProductShape& shape) {
  return std::to_string(shape.m) + " x " + std::to_string(shape.n) + " x " +
         std::to_string(shape.k);
}

INFOPLANE_CPU_CLONES
void round_all(const float* from, std::int64_t n, Bf16* to) {
  for (std::int64_t i = 0; i < n; ++i) {
    to[i] = to_bf16(from[i]);
  }
}

DeviceError failure(const Bf16ProductShape& shape, const dnnl::error& error) {
  return DeviceError("bfloat16 product of " + to_string(shape) + ": oneDNN says \"" + error.what() +
                     "\"");
}

}  // namespace

bool has_bf16() {
  // What ONEDNN_MAX_CPU_ISA leaves.
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  const auto wanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  return has_avx512() && (isa == kAnyIsa || (static_cast<unsigned>(isa) & wanted) == wanted);
}

void round_to_bf16(const float* from, std::int64_t n, Bf16* to) { round_all(from, n, to); }

void round_to_bf16(Context& ctx, const float* from, std::int64_t n, Bf16* to) {
  parallel_for_items(ctx, n, 1, [&](std::int64_t first, std::int64_t last) {
    round_to_bf16(from + first, last - first, to + first);
  });
}

Bf16Product::Bf16Product(const dnnl::engine& engine, const Bf16ProductShape& shape)
    : engine_(engine) {
  using Type = dnnl::memory::data_type;
  a_ = describe(shape.m, shape.k, shape.a, Type::bf16);
  b_ = describe(shape.k, shape.n, shape.b, Type::bf16);
  c_ = describe(shape.m, shape.n, {shape.c_row, 1}, Type::f32);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (shape.adds) {
    dnnl::post_ops sum;
    sum.append_sum(1.0f);
    attributes.set_post_ops(sum);
  }
  const OneThread one;
  try {
    const auto description = describe_primitive<dnnl::matmul>(engine, attributes, a_, b_, c_);
    scratchpad_ = description.scratchpad_desc();
    implementation_ = description.impl_info_str();
    primitive_ = dnnl::matmul(description);
  } catch (const dnnl::error& error) {
    throw failure(shape, error);
  }
}

void Bf16Product::run(const Bf16* a, const Bf16* b, float* c, void* scratch) const {
  const auto memory = [&](const dnnl::memory::desc& desc, const void* data) {
    return dnnl::memory(desc, engine_, const_cast<void*>(data));  // oneDNN has none of constants
  };
  const OneThread one;
  try {
    dnnl::stream stream(engine_);
    primitive_.execute(stream, {{DNNL_ARG_SRC, memory(a_, a)},
                                {DNNL_ARG_WEIGHTS, memory(b_, b)},
                                {DNNL_ARG_DST, memory(c_, c)},
                                {DNNL_ARG_SCRATCHPAD, memory(scratchpad_, scratch)}});
  } catch (const dnnl::error& error) {
    throw DeviceError(std::string("bfloat16 product: oneDNN says \"") + error.what() + "\"");
  }
}

const Bf16Product& Bf16Products::of(const Bf16ProductShape& shape) {
  const auto found = products_.find(shape);
  return found != products_.end() ? found->second
                                  : products_.try_emplace(shape, engine_, shape).first->second;
}

}  // namespace infoplane::cpu
