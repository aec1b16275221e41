#include "paper/experiments.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/data_name.h"
#include "core/error.h"
#include "core/nearest.h"
#include "data/catalog.h"
#include "nn/models.h"

namespace infoplane::paper {
namespace {

using Settings = std::map<std::string, std::string>;

const char* const kDepths[] = {"cnn-2", "cnn-4", "cnn-9", "cnn-16"};

/// Nothing where neither its name nor the study says it.
std::optional<ImageKind> kind_in(const Study& study, const std::string& data) {
  return study.kind && data == study.data ? study.kind : known_kind(data);
}

/// Empty for data of an unknown kind, too.
std::string why_impossible(const Study& study, const std::string& model, const std::string& data) {
  const std::optional<ImageKind> kind = kind_in(study, data);
  try {
    if (kind) {
      make_model(model, kind->image, kind->classes);
    }
    return "";
  } catch (const UsageError&) {
    return model + " does not fit images of " + kind->image.to_string();
  }
}

/// What the scale makes of the paper's settings. 600 samples, one every 50 steps of 391 an epoch,
/// are 77 epochs of CIFAR-10; the learning rate falls every 20, so that what comes after 70 changes
/// next to nothing.
Settings base(const Study& study, const std::string& model, const std::string& data) {
  Settings settings{{"model", model},
                    {"data", data},
                    {"precision", "fp32"},  // on a GPU, too, so that runs of both go together
                    {"sample.readings", "true"}};
  if (study.scale == Scale::kQuick) {
    settings.insert(
        {{"limit", "3000"}, {"epochs", "12"}, {"lr_every", "4"}, {"sample.every", "4"}});
  } else {
    settings["epochs"] = "70";
  }
  return settings;
}

Experiment experiment(const Study& study, const std::string& model, const std::string& data,
                      const Settings& more, const std::string& suffix = "") {
  Experiment result{model + "-" + in_file_name(data) + suffix, base(study, model, data),
                    study.seeds, why_impossible(study, model, data)};
  for (const auto& [key, value] : more) {
    result.settings[key] = value;
  }
  return result;
}

std::string data_or(const Study& study, const char* paper) {
  return study.data.empty() ? paper : study.data;
}

/// The data sets that Table 4 and Figure 4 compare.
std::vector<std::string> both(const Study& study) {
  return study.data.empty() ? std::vector<std::string>{"mnist", "cifar10"}
                            : std::vector<std::string>{study.data};
}

/// A run that has the 600 samples of Tables 2, 3 and 5, also of the first 10,000 training images,
/// as many as the validation split has: the bias of both splits' information is then alike.
Experiment traced(const Study& study, const std::string& model) {
  Settings more{{"sample.train", "true"}, {"sample.train_images", "10000"}};
  if (study.scale == Scale::kFull) {
    more["epochs"] = "77";
  }
  return experiment(study, model, data_or(study, "cifar10"), more);
}

/// A run of Table 4. Where another table has the same network on the same data, it is that run.
Experiment standard(const Study& study, const std::string& model, const std::string& data) {
  const bool is_traced =
      data == data_or(study, "cifar10") &&
      std::find(std::begin(kDepths), std::end(kDepths), model) != std::end(kDepths);
  return is_traced ? traced(study, model) : experiment(study, model, data, {});
}

/// Table 1: SGD and BGD on the same 10,000 images. Both take 6,000 steps and are sampled every 10;
/// of SGD with 79 steps an epoch that is 76 epochs, about as many as elsewhere.
Experiment on_10000(const Study& study, const std::string& model, const std::string& optimizer) {
  Settings more{
      {"optimizer", optimizer}, {"sample.train", "true"}, {"sample.train_images", "10000"}};
  if (study.scale == Scale::kFull) {
    more.insert({{"limit", "10000"}, {"sample.every", "10"}});
    more["epochs"] = optimizer == "bgd" ? "6000" : "76";
  } else if (optimizer == "bgd") {
    more.insert({{"epochs", "100"}, {"sample.every", "2"}});
  }
  return experiment(study, model, data_or(study, "cifar10"), more, "-10k-" + optimizer);
}

/// Figure 1: places on a logarithmic scale, at full scale 270, of which several of the first are
/// one step: 216 samples.
Experiment twelve_bits(const Study& study, const std::string& model) {
  const bool quick = study.scale == Scale::kQuick;
  return {model,
          {{"model", model},
           {"data", "tishby"},
           {"precision", "fp32"},
           {"epochs", quick ? "800" : "8000"},
           {"sample.every", quick ? "log:60" : "log:270"},
           {"sample.layers", "true"}},
          quick ? 3 : 50,
          ""};
}

struct Entry {
  const char* name;
  const char* title;
  std::vector<Row> (*rows)(const Study& study);
};

std::vector<Row> table1(const Study& study) {
  std::vector<Row> rows;
  for (const char* model : {"cnn-9", "linear"}) {
    for (const char* optimizer : {"sgd", "bgd"}) {
      rows.push_back(
          {std::string(model) + " " + optimizer, "train", 600, on_10000(study, model, optimizer)});
    }
  }
  return rows;
}

std::vector<Row> depths(const Study& study, const std::string& split, std::size_t samples) {
  std::vector<Row> rows;
  for (const char* model : kDepths) {
    rows.push_back({model, split, samples, traced(study, model)});
  }
  return rows;
}

std::vector<Row> table2(const Study& study) { return depths(study, "train", 600); }

std::vector<Row> table3(const Study& study) {
  std::vector<Row> rows;
  for (std::size_t samples = 100; samples <= 600; samples += 100) {
    rows.push_back(
        {std::to_string(samples) + " samples", "validation", samples, traced(study, "cnn-16")});
  }
  return rows;
}

std::vector<Row> table4(const Study& study) {
  std::vector<Row> rows;
  for (const std::string& data : both(study)) {
    for (const std::string& model : table4_networks()) {
      rows.push_back({model + " " + data, "validation", 0, standard(study, model, data)});
    }
  }
  return rows;
}

std::vector<Row> fig1(const Study& study) {
  return {{"tanh", "validation", 0, twelve_bits(study, "tishby")},
          {"relu", "validation", 0, twelve_bits(study, "tishby-relu")}};
}

std::vector<Row> fig5(const Study& study) { return depths(study, "validation", 0); }

std::vector<Row> fig6(const Study& study) {
  return {{"alexnet", "validation", 0, experiment(study, "alexnet", data_or(study, "cifar10"), {})},
          {"cnn-16", "validation", 0, traced(study, "cnn-16")}};
}

std::vector<Row> fig7(const Study& study) {
  std::vector<Row> rows;
  for (const char* name : {"airplane", "automobile", "bird"}) {
    rows.push_back({name, "validation", 0, traced(study, "cnn-16")});
  }
  return rows;
}

/// FC-3 on the first classes of a data set: some numbers of them, then all. Of data whose name does
/// not say the number of classes the last row says "all", whether they were read or not.
void add_growth(const Study& study, const std::string& data, const std::vector<int>& counts,
                std::vector<Row>& rows) {
  const std::optional<ImageKind> kind = kind_in(study, data);
  for (const int count : counts) {
    if (!kind || count < kind->classes) {
      const std::string number = std::to_string(count);
      rows.push_back(
          {data + ", " + number + " classes", "validation", 0,
           experiment(study, "fc-3", data, {{"classes", number}}, "-" + number + "-classes")});
    }
  }
  const std::optional<ImageKind> known = known_kind(data);
  rows.push_back({data + ", " + (known ? std::to_string(known->classes) : "all") + " classes",
                  "validation", 0, standard(study, "fc-3", data)});
}

/// FC-3 on combinations of the classes of one, two, three images (data/stacked.h), up to a
/// thousand, with as many images as there are of one. Nothing for data that cannot be stacked.
void add_stacks(const Study& study, const std::string& base, std::vector<Row>& rows) {
  constexpr int kMostClasses = 1000;
  const KnownDataSet* known = find_known(base);
  if (known == nullptr || known->classes * known->classes > kMostClasses) {
    return;
  }
  std::string data = base;
  int stacked = 1;
  for (int count = known->classes; count <= kMostClasses; count *= known->classes) {
    rows.push_back({base + " stacked, " + std::to_string(count) + " classes", "validation", 0,
                    standard(study, "fc-3", data)});
    data = std::string(kStackedPrefix) + std::to_string(++stacked) + ":" + base;
  }
}

/// The paper's discussion (section 5) expects that information cannot be measured by bins where
/// there are many classes.
std::vector<Row> classes(const Study& study) {
  std::vector<Row> rows;
  if (study.data.empty()) {
    add_growth(study, "cifar10", {2, 3, 5}, rows);
    add_growth(study, "cifar100", {10, 20, 50}, rows);
  } else {
    add_growth(study, study.data, {2, 3, 5, 10, 20, 50}, rows);
  }
  add_stacks(study, data_or(study, "mnist"), rows);
  return rows;
}

constexpr Entry kItems[] = {
    {"table1", "inversions on the training split that agree with I(X;T), SGD and BGD", table1},
    {"table2", "the same by depth", table2},
    {"table3", "the same of VGG-16 on the validation split, by the number of samples", table3},
    {"table4", "transition and convergence points of the validation split", table4},
    {"table5", "percentage of Table 2 beside the final accuracy", table2},
    {"fig1", "the hidden layers of the 12-bit task, mean over initialisations", fig1},
    {"fig4", "paths of Table 4's networks", table4},
    {"fig5", "paths on both splits and training loss, by depth", fig5},
    {"fig6", "all classes at the end of training", fig6},
    {"fig7", "paths of three classes", fig7},
    {"classes", "beyond the paper: FC-3 at the end of training, as the number of classes grows",
     classes},
};
constexpr std::size_t kBeyond = 1;  // the last ones are not the paper's

}  // namespace

std::string Study::why_not_comparable() const {
  if (scale == Scale::kQuick) {
    return "a rehearsal";
  }
  if (!data.empty()) {
    return "another data set";
  }
  return overridden ? "other settings" : "";
}

std::vector<std::string> Item::data_sets() const {
  std::vector<std::string> names;
  for (const Row& row : rows) {
    if (std::find(names.begin(), names.end(), row.data()) == names.end()) {
      names.push_back(row.data());
    }
  }
  return names;
}

const std::vector<std::string>& table4_networks() {
  static const std::vector<std::string> names = {"fc-3", "fc-6", "fc-9", "cnn-2", "cnn-4", "cnn-6"};
  return names;
}

const std::vector<std::string>& paper_items() {
  static const std::vector<std::string> names(item_names().begin(), item_names().end() - kBeyond);
  return names;
}

const std::vector<std::string>& item_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const Entry& entry : kItems) {
      result.emplace_back(entry.name);
    }
    return result;
  }();
  return names;
}

Item make_item(const std::string& name, const Study& study) {
  for (const Entry& entry : kItems) {
    if (name == entry.name) {
      return {entry.name, entry.title, entry.rows(study)};
    }
  }
  throw UsageError("reproduce: no '" + name + "' in the paper; " + suggestion(name, item_names()));
}

std::vector<Item> keep_rows(const std::vector<Item>& items, const std::vector<std::string>& rows) {
  if (rows.empty()) {
    return items;
  }
  std::set<std::string> known;
  std::vector<Item> kept;
  for (const Item& item : items) {
    Item less{item.name, item.title, {}};
    for (const Row& row : item.rows) {
      known.insert(row.name);
      if (std::find(rows.begin(), rows.end(), row.name) != rows.end()) {
        less.rows.push_back(row);
      }
    }
    if (!less.rows.empty()) {
      kept.push_back(std::move(less));
    }
  }
  for (const std::string& row : rows) {
    if (known.count(row) == 0) {
      std::string list;
      for (const std::string& name : known) {
        list += (list.empty() ? "'" : ", '") + name + "'";
      }
      throw UsageError("--only: no row '" + row + "'; there are " + list);
    }
  }
  return kept;
}

std::string in_file_name(std::string data) {
  std::replace_if(
      data.begin(), data.end(), [](char c) { return c == ':' || c == '/'; }, '-');
  return data;
}

std::string run_name(const Experiment& experiment, int seed) {
  return experiment.name + "-s" + std::to_string(seed);
}

RunPlan plan_runs(const std::vector<Item>& items, const Study& study, int jobs) {
  RunPlan plan;
  plan.axes = {"experiment", "seed"};
  std::set<std::string> names;
  for (const Item& item : items) {
    for (const Row& row : item.rows) {
      const Experiment& experiment = row.experiment;
      for (int seed = 1; seed <= experiment.repeats && experiment.impossible.empty(); ++seed) {
        if (!names.insert(run_name(experiment, seed)).second) {
          continue;
        }
        Config config;
        for (const auto& [key, value] : experiment.settings) {
          config.set(key, value, "reproduce");
        }
        config.set("seed", std::to_string(seed), "reproduce");
        config.set_all(study.overrides);
        PlannedRun run{run_name(experiment, seed), {}, config.resolve()};
        run.values = {experiment.name, std::to_string(seed)};
        plan.runs.push_back(std::move(run));
      }
    }
  }
  plan.jobs = std::max(1, std::min(jobs, static_cast<int>(plan.runs.size())));
  share_cores(plan);
  return plan;
}

}  // namespace infoplane::paper
