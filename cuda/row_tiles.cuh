#pragma once

// Rows of logits and labels on their way through shared memory, a tile after the other.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/hd.h"
#include "cuda/bulk_copy.cuh"
#include "cuda/grid.cuh"

namespace infoplane::cuda {

/// How a kernel's tiles lie in its dynamic shared memory: barriers, then the stages.
struct TileShape {
  std::int32_t rows = 0;    ///< of a tile, a multiple of 16
  std::int32_t stages = 0;  ///< tiles in shared memory at a time, at most kMostStages
  bool bulk = false;        ///< bulk copies: the arrays are aligned and the GPU has them
};
constexpr int kMostStages = 4;
constexpr std::int64_t kBarrierBytes = 2 * kMostStages * std::int64_t{sizeof(PhaseBarrier)};
static_assert(kBarrierBytes % kBulkAlignment == 0);

/// Bytes at the front of dynamic shared memory that RowTiles uses. With rows a multiple of 16 it,
/// and each part of a tile, is a multiple of kBulkAlignment.
template <class Label>
INFOPLANE_HD std::int64_t row_tiles_bytes(const TileShape& shape, int classes) {
  return kBarrierBytes + std::int64_t{shape.stages} * shape.rows *
                             (classes * std::int64_t{sizeof(float)} + std::int64_t{sizeof(Label)});
}

/// A block's share of the rows: tiles blockIdx.x, blockIdx.x + gridDim.x, and so on, through a ring
/// of stages in shared memory. Thread 0 starts the copies, as many tiles ahead as there are stages;
/// the threads wait for the bytes of a tile, use it, and say so. A tile that is not whole, and
/// every one where there are no bulk copies, is copied by the threads themselves.
///
///   RowTiles<Label> tiles(...);
///   while (tiles.next()) {
///     ... tiles.logits(), tiles.labels(), tiles.rows() ...
///     tiles.release();
///   }
template <class Label>
class RowTiles {
 public:
  /// By all threads of the block.
  __device__ RowTiles(const TileShape& shape, int classes, std::int64_t rows, const float* logits,
                      const Label* labels)
      : shape_(shape),
        classes_(classes),
        tile_(static_cast<int>(blockIdx.x)),
        whole_tiles_(static_cast<int>(rows / shape.rows)),
        rows_left_(static_cast<int>(rows % shape.rows)),
        logits_(logits),
        labels_(labels) {
    if constexpr (kHasBulkCopies) {
      if (threadIdx.x == 0) {
        for (int stage = 0; stage < shape_.stages; ++stage) {
          filled(stage).init(1);
          free(stage).init(blockDim.x);
        }
      }
      __syncthreads();
      if (threadIdx.x == 0) {
        for (int stage = 0; stage < shape_.stages; ++stage) {
          start_copy(stage, tile_ + stage * static_cast<int>(gridDim.x));
        }
      }
    }
  }

  /// Waits until the next tile is in shared memory; false when there is none.
  __device__ bool next() {
    if (by_bulk(tile_)) {
      filled(stage_).wait(use_);
      return true;
    }
    if (rows() == 0) {
      return false;
    }
    copy_by_threads();
    return true;
  }

  /// Rows of the tile.
  __device__ int rows() const {
    return tile_ < whole_tiles_ ? shape_.rows : tile_ == whole_tiles_ ? rows_left_ : 0;
  }
  /// The tile, [rows, C] and [rows].
  __device__ const float* logits() const {
    return reinterpret_cast<const float*>(stage_memory(stage_));
  }
  __device__ const Label* labels() const {
    return reinterpret_cast<const Label*>(stage_memory(stage_) + logit_bytes());
  }

  /// The calling thread has read what it needs of the tile. Every thread says so of every tile.
  /// Thread 0 refills the stage of the tile before, at which hardly any thread is still: it should
  /// not wait for the slowest one of this tile.
  __device__ void release() {
    if (kHasBulkCopies && shape_.bulk) {
      free(stage_).arrive();
      if (threadIdx.x == 0) {
        const bool own = shape_.stages == 1;  // there is no stage before
        const int stage = own ? 0 : stage_ > 0 ? stage_ - 1 : shape_.stages - 1;
        const int use = own || stage_ > 0 ? use_ : use_ - 1;
        const int ahead = own ? 1 : shape_.stages - 1;
        const int tile = tile_ + ahead * static_cast<int>(gridDim.x);
        if (use >= 0 && by_bulk(tile)) {
          free(stage).wait(use);
          start_copy(stage, tile);
        }
      }
    }
    tile_ += static_cast<int>(gridDim.x);
    if (++stage_ == shape_.stages) {
      stage_ = 0;
      ++use_;
    }
  }

 private:
  /// Whether a tile comes by bulk copies: if it is whole.
  __device__ bool by_bulk(int tile) const {
    return kHasBulkCopies && shape_.bulk && tile < whole_tiles_;
  }
  __device__ int logit_bytes() const {
    return shape_.rows * classes_ * static_cast<int>(sizeof(float));
  }
  __device__ std::byte* stage_memory(int stage) const {
    return dynamic_shared_memory() + kBarrierBytes +
           stage * (logit_bytes() + shape_.rows * static_cast<int>(sizeof(Label)));
  }
  /// Ends a phase when the bytes of the stage's tile are there.
  __device__ PhaseBarrier& filled(int stage) const {
    return reinterpret_cast<PhaseBarrier*>(dynamic_shared_memory())[stage];
  }
  /// Ends a phase when all threads have released the stage's tile.
  __device__ PhaseBarrier& free(int stage) const {
    return reinterpret_cast<PhaseBarrier*>(dynamic_shared_memory())[kMostStages + stage];
  }

  __device__ void start_copy(int stage, int tile) {
    if (by_bulk(tile)) {
      const std::int64_t row = static_cast<std::int64_t>(tile) * shape_.rows;
      const auto bytes = static_cast<unsigned>(logit_bytes());
      const auto label_bytes = static_cast<unsigned>(shape_.rows * sizeof(Label));
      filled(stage).arrive_and_expect(bytes + label_bytes);
      filled(stage).copy(stage_memory(stage), logits_ + row * classes_, bytes);
      filled(stage).copy(stage_memory(stage) + bytes, labels_ + row, label_bytes);
    }
  }
  __device__ void copy_by_threads() {
    __syncthreads();  // what the stage held may still be being read
    auto* z = reinterpret_cast<float*>(stage_memory(stage_));
    auto* y = reinterpret_cast<Label*>(stage_memory(stage_) + logit_bytes());
    const std::int64_t row = static_cast<std::int64_t>(tile_) * shape_.rows;
    const int threads = static_cast<int>(blockDim.x);
    for (int i = static_cast<int>(threadIdx.x); i < rows() * classes_; i += threads) {
      z[i] = logits_[row * classes_ + i];
    }
    for (int i = static_cast<int>(threadIdx.x); i < rows(); i += threads) {
      y[i] = labels_[row + i];
    }
    __syncthreads();
  }

  TileShape shape_;
  int classes_;
  int stage_ = 0;
  int use_ = 0;  // how often the stage was used before
  int tile_;
  int whole_tiles_;
  int rows_left_;  // of the last tile, which is not whole
  const float* logits_;
  const Label* labels_;
};

}  // namespace infoplane::cuda
