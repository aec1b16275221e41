#include "train/outputs.h"

#include <memory>
#include <span>
#include <string>

#include "core/atomic_file.h"
#include "data/npy_writer.h"
#include "nn/initialize.h"
#include "train/evaluation.h"
#include "train/layer_sampler.h"

namespace infoplane {
namespace {

namespace fs = std::filesystem;

std::vector<std::int64_t> extents(const Shape& shape) {
  std::vector<std::int64_t> all;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    all.push_back(shape[axis]);
  }
  return all;
}

fs::path layer_file(const fs::path& folder, std::size_t layer) {
  return folder / ("layer-" + std::to_string(layer) + ".npy");
}

/// A hidden layer on its way into a file.
class LayerFile {
 public:
  LayerFile(Context& ctx, const HiddenLayer& hidden, std::int64_t batch, std::int64_t rows,
            const fs::path& file)
      : layer_(hidden.layer),
        values_(ctx, hidden.shape.with_rows(batch)),
        file_(file, extents(hidden.shape.with_rows(rows))) {}

  std::size_t layer() const { return layer_; }

  /// Enqueues a copy of the layer's output y [batch, ...], which will not stay where it is.
  void keep(Context& ctx, View<const float> y) {
    shape_ = y.shape();
    ctx.backend().copy(values_.data(), y.data(), y.bytes());
  }

  void write_sync(Context& ctx) {
    const View<const float> kept(values_.data(), shape_);
    file_.append(to_logical_order(shape_, to_host_sync(ctx, kept)));
  }

  void finish() { file_.finish(); }

 private:
  std::size_t layer_;
  Tensor<float> values_;
  Shape shape_;
  NpyWriter<float> file_;
};

/// Removes layers that an earlier call has left: they may be of another split.
void remove_layers(const fs::path& folder) {
  for (std::size_t layer = 1; fs::remove(layer_file(folder, layer)); ++layer) {
  }
}

/// As one line.
std::string escaped(const std::string& name) {
  std::string line;
  for (const char c : name) {
    line += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
  }
  return line;
}

}  // namespace

std::vector<fs::path> write_outputs(Context& ctx, Network& network, const DeviceSplit& split,
                                    std::int64_t rows, bool layers, const fs::path& into,
                                    const std::atomic<bool>& stop) {
  Evaluation passes(ctx, network, rows);
  std::vector<fs::path> files{into / "logits.npy", into / "labels.npy"};
  NpyWriter<float> logits(files[0], {rows, network.output()[0]});
  NpyWriter<std::int32_t> labels(files[1], {rows});
  std::vector<std::unique_ptr<LayerFile>> hidden;
  if (layers) {
    for (const HiddenLayer& layer : hidden_layers(network)) {
      files.push_back(layer_file(into, hidden.size() + 1));
      hidden.push_back(std::make_unique<LayerFile>(ctx, layer, passes.batch(), rows, files.back()));
    }
  }
  passes.for_each_batch(split, rows, [&](NetworkPlan& plan, View<const std::int32_t> own) {
    if (stop) {
      return;
    }
    plan.forward(ctx, [&](std::size_t layer, View<const float> y) {
      for (const std::unique_ptr<LayerFile>& file : hidden) {
        if (file->layer() == layer) {
          file->keep(ctx, y);
        }
      }
    });
    logits.append(to_host_sync(ctx, View<const float>(plan.logits())));
    labels.append(to_host_sync(ctx, own));
    for (const std::unique_ptr<LayerFile>& file : hidden) {
      file->write_sync(ctx);
    }
  });
  if (stop) {
    return {};
  }
  remove_layers(into);
  logits.finish();
  labels.finish();
  for (const std::unique_ptr<LayerFile>& file : hidden) {
    file->finish();
  }
  return files;
}

fs::path write_sources(const Sources& sources, std::int64_t rows, const fs::path& into) {
  const auto count = static_cast<std::size_t>(rows);
  if (sources.files.empty()) {
    const fs::path file = into / "rows.npy";
    NpyWriter<std::int64_t> numbers(file, {rows});
    numbers.append(std::span(sources.rows).first(count));
    numbers.finish();
    return file;
  }
  const fs::path file = into / "files.txt";
  std::string lines;
  for (const std::string& name : std::span(sources.files).first(count)) {
    lines += escaped(name) + "\n";
  }
  write_file_atomically(file, lines);
  return file;
}

}  // namespace infoplane
