#include "bench/made_up_images.h"

#include "core/error.h"
#include "core/nearest.h"
#include "core/rng.h"
#include "data/catalog.h"
#include "nn/models.h"

namespace infoplane::bench {

DataSet made_up_images(const std::string& name, std::int64_t images) {
  DataSet data;
  data.name = name;
  const std::optional<ImageKind> kind = known_kind(name);
  if (!kind) {
    throw UsageError("data set '" + name + "' has no fixed shape; " +
                     suggestion(name, dataset_names()));
  }
  data.image = kind->image;
  data.classes = kind->classes;
  const RandomStream random{0, kBenchStream, 0};
  const std::int64_t size = data.image.numel();
  data.train.pixels.reserve(static_cast<std::size_t>(images * size));
  for (std::int64_t i = 0; i < images; ++i) {
    data.train.labels.push_back(static_cast<std::int32_t>(i % data.classes));
  }
  for (std::int64_t at = 0; at < images * size; at += 16) {
    const PhiloxWords words = random.block(static_cast<std::uint64_t>(at / 16));
    for (std::int64_t byte = 0; byte < 16 && at + byte < images * size; ++byte) {
      data.train.pixels.push_back(
          static_cast<std::uint8_t>(words.word[byte / 4] >> (8 * (byte % 4))));
    }
  }
  return data;
}

std::unique_ptr<Optimizer> make_bench_optimizer(Context& ctx, Network& network,
                                                const std::string& model) {
  const ModelDefaults defaults = model_defaults(model);
  return make_optimizer(ctx, network, defaults.optimizer, 0.9f, defaults.weight_decay);
}

}  // namespace infoplane::bench
