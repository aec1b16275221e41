#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "train/run_plan.h"
#include "train/settings.h"

namespace infoplane::paper {

/// How much of the paper's training is done.
enum class Scale {
  kQuick,  ///< a rehearsal: everything small, on one data set; its numbers mean nothing
  kFull,   ///< the paper's settings
};

/// What is reproduced, and how.
struct Study {
  Scale scale = Scale::kFull;
  std::string data;  ///< in place of MNIST and CIFAR-10; empty: those
  /// Of `data`, where it is read to know that: what does not fit is then left out, and not found to
  /// fail.
  std::optional<ImageKind> kind;
  int seeds = 1;            ///< runs of each network, but for Figure 1, which has its own number
  Config overrides;         ///< settings that replace those below, of every run
  bool overridden = false;  ///< in what the paper states, which is not the precision

  /// Why its numbers are not held against the paper's; empty when they are.
  std::string why_not_comparable() const;
};

/// A training run but for its seed. Several tables may need the same one.
struct Experiment {
  std::string name;  ///< of its run folders, before "-s1": "cnn-9-cifar10"
  std::map<std::string, std::string> settings;  ///< by key of the configuration
  int repeats = 1;
  std::string impossible;  ///< why it cannot be run; empty when it can
};

/// A row of a table, or what one path of a figure is of.
struct Row {
  std::string name;     ///< "cnn-9 sgd", "fc-3 mnist"
  std::string split;    ///< that the row is about
  std::size_t samples;  ///< looked at from the start of the trace; 0: all
  Experiment experiment;

  /// The name of the data set that it is trained on.
  const std::string& data() const { return experiment.settings.at("data"); }
};

/// A table or figure of the paper.
struct Item {
  std::string name;   ///< "table1" ... "fig7", "classes"
  std::string title;  ///< what it shows
  std::vector<Row> rows;

  /// The data sets of its rows, in their order.
  std::vector<std::string> data_sets() const;
};

/// table1 ... table5, fig1, fig4 ... fig7: what the paper has.
const std::vector<std::string>& paper_items();

/// Those, and what goes beyond it: `classes`, information as the number of classes grows.
const std::vector<std::string>& item_names();

/// The networks that Table 4 has of each data set.
const std::vector<std::string>& table4_networks();

/// Throws UsageError, naming the nearest, for an unknown name.
Item make_item(const std::string& name, const Study& study);

/// Keeps the rows of these names (all, without any), and what is left without rows goes. Throws
/// UsageError, listing the rows there are, for a name that no item has.
std::vector<Item> keep_rows(const std::vector<Item>& items, const std::vector<std::string>& rows);

/// A data set's name as part of a file's: "folder:a/b" is "folder-a-b".
std::string in_file_name(std::string data);

/// The folder of a run within that of the study.
std::string run_name(const Experiment& experiment, int seed);

/// The runs that the items need, each once, `jobs` at a time. Throws UsageError for a setting that
/// is wrong.
RunPlan plan_runs(const std::vector<Item>& items, const Study& study, int jobs);

}  // namespace infoplane::paper
