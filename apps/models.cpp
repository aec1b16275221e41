#include "nn/models.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.h"
#include "apps/console.h"
#include "core/error.h"
#include "core/model_name.h"
#include "data/catalog.h"
#include "data/dataset.h"
#include "nn/layer_list.h"
#include "nn/network.h"

namespace infoplane::apps {
namespace {

using Json = nlohmann::ordered_json;

struct ModelsOptions {
  std::string model;
  std::string data;
  bool plan = false;
  std::string device = "auto";
  std::string precision;  ///< empty: the device's usual one
  bool json = false;
};

/// Adds to each layer of `report` what computes it on `options.device`, planned for training steps
/// of the model's usual batch.
void add_plan(Json& report, const ModelsOptions& options) {
  const ImageKind input = image_kind(report["data"].get<std::string>(), {});
  ops::ContextOptions context;
  context.precision = find_precision(options.precision);
  Context ctx = open_device(options.device, context);
  Network network(ctx, input.image, make_model(options.model, input.image, input.classes), 0);
  const std::int64_t batch = model_defaults(options.model).batch;
  const std::unique_ptr<NetworkPlan> plan = network.plan(ctx, batch, Mode::kTrain);
  const std::vector<std::vector<std::string>> algorithms = plan->algorithms();
  for (std::size_t i = 0; i < algorithms.size(); ++i) {
    report["layers"][i]["algorithms"] = algorithms[i];
  }
  report["plan"] = {{"device", ctx.backend().describe()},
                    {"precision", to_string(ctx.backend().numerics().precision)},
                    {"batch", batch},
                    {"arena_bytes", plan->arena_bytes()}};
}

Json model_report(const std::string& model, const std::string& data) {
  const ImageKind input = image_kind(data, {});
  Json report;
  report["model"] = model_label(model);
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
    for (const Json& algorithm : layer.value("algorithms", Json::array())) {
      fmt::print("    {}\n", algorithm.get<std::string>());
    }
  }
  fmt::print(
      "  {:<28} {:>16} {:>12} {:>12.3f}\n\nMFLOP: one image, forward, a multiply-add "
      "counted as two.\n",
      "sum", "", report["parameters"].get<std::int64_t>(), report["flop"].get<double>() / 1e6);
  if (report.contains("plan")) {
    const Json& plan = report["plan"];
    fmt::print(
        "Planned for steps of {} images in {} on {}: {:.1f} MB of activations and gradients.\n",
        plan["batch"].get<std::int64_t>(), plan["precision"].get<std::string>(),
        plan["device"].get<std::string>(), plan["arena_bytes"].get<double>() / 1e6);
  }
}

void run(const ModelsOptions& options) {
  if (options.model.empty()) {
    if (options.plan) {
      throw UsageError("models --plan: of which network? `infoplane models NAME --plan`");
    }
    if (!options.data.empty()) {
      throw UsageError("models --data: of which network? `infoplane models NAME --data D`");
    }
    Json list = Json::array();
    for (const std::string& name : model_names()) {
      const ModelDefaults preset = model_defaults(name);
      list.push_back({{"model", name},
                      {"optimizer", preset.optimizer},
                      {"lr", as_written(preset.lr)},
                      {"batch", preset.batch},
                      {"epochs", preset.epochs}});
    }
    if (options.json) {
      std::cout << json_text(list);
      return;
    }
    fmt::print("  {:<10} {:>10} {:>8} {:>6} {:>7}\n", "model", "optimizer", "lr", "batch",
               "epochs");
    for (const Json& model : list) {
      fmt::print("  {:<10} {:>10} {:>8} {:>6} {:>7}\n", model["model"].get<std::string>(),
                 model["optimizer"].get<std::string>(), model["lr"].get<double>(),
                 model["batch"].get<std::int64_t>(), model["epochs"].get<std::int64_t>());
    }
    fmt::print(
        "\n`infoplane models NAME --data D` shows a model's layers. One of your own is given by "
        "them:\n"
        "'small: conv 5x5 x8, pad 2, relu, max-pool 2/2, flatten, dense 64, relu, dense'.\n");
    return;
  }
  const std::string data = options.data.empty() ? usual_data(options.model) : options.data;
  Json report = model_report(options.model, data);
  if (options.plan) {
    add_plan(report, options);
  }
  if (options.json) {
    std::cout << json_text(report);
  } else {
    print(report, image_kind(data, {}).image.to_string());
  }
}

}  // namespace

void add_models(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("models", "Lists the networks, or one's layers, shapes and sizes");
  command->footer("The layers of a network of one's own, separated by commas:\n  " +
                  fmt::format("{}", fmt::join(layer_forms(), "\n  ")));
  auto options = std::make_shared<ModelsOptions>();
  command->add_option(
      "model", options->model,
      "A network, by name or as 'NAME: LAYER, LAYER, ...'; without one, all are listed");
  command->add_option("--data", options->data,
                      "Shaped for this data set's images and classes; else for "
                      "cifar10 (tishby for the 12-bit networks)");
  CLI::Option* plan = command->add_flag("--plan", options->plan,
                                        "Also how the device would train it: what computes each "
                                        "layer, and in how much memory");
  command->add_option("--device", options->device, "Where to plan; auto takes CUDA where it works")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
      ->capture_default_str()
      ->needs(plan);
  command
      ->add_option("--precision", options->precision,
                   "In what to plan; else tf32 on cuda, and fp32 on cpu")
      ->check(CLI::IsMember(precision_names()))
      ->needs(plan);
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options] { run(*options); });
}

}  // namespace infoplane::apps
