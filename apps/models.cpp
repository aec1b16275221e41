#include "nn/models.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.h"
#include "core/error.h"
#include "core/nearest.h"
#include "data/catalog.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string model;
  std::string data;
  bool json = false;
};

/// What a network must know of a data set, known without its files.
struct Input {
  Shape image;
  int classes;
};

Input input_of(const std::string& data) {
  if (const KnownDataSet* known = find_known(data)) {
    return {known->image, known->classes};
  }
  if (data == "tishby") {
    return {{12}, 2};
  }
  throw UsageError("--data '" + data + "' has no fixed shape; did you mean '" +
                   nearest(data, dataset_names()) + "'?");
}

Json model_report(const std::string& model, const std::string& data) {
  const Input input = input_of(data);
  Json report;
  report["model"] = model;
  report["data"] = data;
  report["layers"] = Json::array();
  Shape shape = input.image.batched(1);
  std::int64_t parameters = 0;
  double flop = 0.0;
  for (const std::unique_ptr<Layer>& layer : make_model(model, input.image, input.classes)) {
    std::int64_t count = 0;
    for (const Parameter* parameter : layer->parameters()) {
      count += parameter->shape.numel();
    }
    const double layer_flop = layer->flop(shape);
    shape = layer->output(shape);
    report["layers"].push_back({{"layer", layer->describe()},
                                {"output", shape.row().to_string()},
                                {"parameters", count},
                                {"flop", layer_flop}});
    parameters += count;
    flop += layer_flop;
  }
  report["parameters"] = parameters;
  report["flop"] = flop;
  return report;
}

void print(const Json& report, const std::string& image) {
  fmt::print("{} on {} {}\n\n  {:<28} {:>16} {:>12} {:>12}\n", report["model"].get<std::string>(),
             report["data"].get<std::string>(), image, "layer", "output", "parameters", "MFLOP");
  for (const Json& layer : report["layers"]) {
    fmt::print("  {:<28} {:>16} {:>12} {:>12.3f}\n", layer["layer"].get<std::string>(),
               layer["output"].get<std::string>(), layer["parameters"].get<std::int64_t>(),
               layer["flop"].get<double>() / 1e6);
  }
  fmt::print(
      "  {:<28} {:>16} {:>12} {:>12.3f}\n\nMFLOP: one image, forward, a multiply-add "
      "counted as two.\n",
      "sum", "", report["parameters"].get<std::int64_t>(), report["flop"].get<double>() / 1e6);
}

void run(const Options& options) {
  if (options.model.empty()) {
    Json list = Json::array();
    for (const std::string& name : model_names()) {
      const ModelDefaults preset = model_defaults(name);
      list.push_back({{"model", name},
                      {"optimizer", preset.optimizer},
                      {"lr", fmt::format("{}", preset.lr)},
                      {"batch", preset.batch},
                      {"epochs", preset.epochs}});
    }
    if (options.json) {
      std::cout << list.dump(2) << '\n';
      return;
    }
    fmt::print("  {:<10} {:>10} {:>8} {:>6} {:>7}\n", "model", "optimizer", "lr", "batch",
               "epochs");
    for (const Json& model : list) {
      fmt::print("  {:<10} {:>10} {:>8} {:>6} {:>7}\n", model["model"].get<std::string>(),
                 model["optimizer"].get<std::string>(), model["lr"].get<std::string>(),
                 model["batch"].get<std::int64_t>(), model["epochs"].get<std::int64_t>());
    }
    fmt::print("\n`infoplane models NAME --data D` shows a model's layers.\n");
    return;
  }
  const std::string usual = options.model == "tishby" ? "tishby" : "cifar10";
  const std::string data = options.data.empty() ? usual : options.data;
  const Json report = model_report(options.model, data);
  if (options.json) {
    std::cout << report.dump(2) << '\n';
  } else {
    print(report, input_of(data).image.to_string());
  }
}

}  // namespace

void add_models(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("models", "Lists the networks, or one's layers, shapes and sizes");
  auto options = std::make_shared<Options>();
  command->add_option("name", options->model, "A network; without one, all are listed");
  command->add_option("--data", options->data,
                      "Shaped for this data set's images and classes; else for "
                      "cifar10 (tishby for the model tishby)");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
