#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "apps/commands.h"
#include "apps/console.h"
#include "apps/progress.h"
#include "apps/signals.h"
#include "core/data_name.h"
#include "core/error.h"
#include "core/nearest.h"
#include "data/catalog.h"
#include "data/get.h"
#include "data/locate.h"

namespace infoplane::apps {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// One line of `infoplane data list`.
struct Listing {
  std::string name;
  std::string about;
  Shape image;
  int classes = 0;
  std::int64_t train_images = 0;
  std::int64_t validation_images = 0;
  bool found = false;
  std::string where = {};    ///< folder or file; empty when not found, or generated
  std::uintmax_t bytes = 0;  ///< on disk
  std::string advice = {};   ///< how to get it, when it is not found or not whole
};

std::uintmax_t bytes_on_disk(const std::vector<fs::path>& files) {
  std::uintmax_t bytes = 0;
  for (const fs::path& file : files) {
    std::error_code error;
    const std::uintmax_t size = file.empty() ? 0 : fs::file_size(file, error);
    bytes += error ? 0 : size;
  }
  return bytes;
}

Listing listing_of(const KnownDataSet& known, const fs::path& data_dir) {
  Listing listing{.name = known.name,
                  .about = known.about,
                  .image = known.image,
                  .classes = known.classes,
                  .train_images = known.train_images,
                  .validation_images = known.validation_images};
  if (const auto located = find_files(known, data_dir)) {
    listing.found = true;
    listing.where = located->folder.string();
    listing.bytes = bytes_on_disk(located->files);
    listing.advice = flaw_of(*located, known, data_dir);
  } else {
    listing.advice = known.advice;
  }
  return listing;
}

Listing tishby_listing(const fs::path& data_dir) {
  Listing listing{.name = std::string(kTishbyName),
                  .about = "12-bit patterns, their symmetric rule",
                  .image = {12},
                  .classes = 2,
                  .train_images = 3276,
                  .validation_images = 4096,
                  .found = true};
  if (const auto var_u = find_var_u(data_dir)) {
    listing.where = var_u->string();
    listing.bytes = bytes_on_disk({*var_u});
  }
  return listing;
}

void print_json(const std::vector<Listing>& listings, const fs::path& data_dir) {
  Json document = {{"searched", Json::array()}, {"datasets", Json::array()}};
  for (const DataFolder& folder : data_folders(data_dir)) {
    document["searched"].push_back({{"folder", folder.path.string()}, {"origin", folder.origin}});
  }
  for (const Listing& listing : listings) {
    Json image = Json::array();
    for (int axis = 0; axis < listing.image.rank(); ++axis) {
      image.push_back(listing.image[axis]);
    }
    document["datasets"].push_back({{"name", listing.name},
                                    {"about", listing.about},
                                    {"image", image},
                                    {"classes", listing.classes},
                                    {"train_images", listing.train_images},
                                    {"validation_images", listing.validation_images},
                                    {"found", listing.found},
                                    {"whole", listing.found && listing.advice.empty()},
                                    {"where", listing.where},
                                    {"bytes", listing.bytes},
                                    {"advice", listing.advice}});
  }
  fmt::print("{}", json_text(document));
}

void print_table(const std::vector<Listing>& listings, const fs::path& data_dir) {
  fmt::print("{:<14} {:<12} {:>7} {:>7} {:>7}  {:>9}  {}\n", "data set", "image", "classes",
             "train", "valid.", "on disk", "where");
  for (const Listing& listing : listings) {
    const std::string size =
        listing.bytes == 0 ? ""
                           : fmt::format("{:.1f} MB", 1e-6 * static_cast<double>(listing.bytes));
    const std::string where = !listing.found            ? "not found; " + listing.advice
                              : !listing.advice.empty() ? listing.where + ": " + listing.advice
                              : listing.where.empty()   ? "generated"
                                                        : listing.where;
    fmt::print("{:<14} {:<12} {:>7} {:>7} {:>7}  {:>9}  {}\n", listing.name,
               listing.image.to_string(), listing.classes, listing.train_images,
               listing.validation_images, size, where);
  }
  fmt::print(
      "\nMade of one of them: stacked:COUNT:NAME (COUNT images as channels of one, their classes "
      "combined)\n"
      "Your own: folder:PATH (a sub-folder of images a class),\n"
      "  npy:IMAGES,LABELS[,VALIDATION_IMAGES,VALIDATION_LABELS]\nLooked in");
  const char* separator = " ";
  for (const DataFolder& folder : data_folders(data_dir)) {
    fmt::print("{}{}", separator, folder.path.string());
    separator = ", ";
  }
  fmt::print("\n");
}

const KnownDataSet& require_known(const std::string& name) {
  if (const KnownDataSet* known = find_known(name)) {
    return *known;
  }
  if (name == kTishbyName) {
    throw UsageError("tishby is generated when it is used; there is nothing to get");
  }
  throw UsageError("unknown data set '" + name + "'; " +
                   suggestion(name, known_names(), "'infoplane data list' shows them all"));
}

/// Shows a file coming in, on one line of a terminal's standard error.
class DownloadLine {
 public:
  ~DownloadLine() { line_.clear(); }

  void show(const std::string& file, std::int64_t done, std::int64_t total) {
    // A tenth of a megabyte is the smallest step that the line shows.
    const std::int64_t step = done / 100'000;
    if (file == file_ && step == step_) {
      return;
    }
    file_ = file;
    step_ = step;
    if (total > 0) {
      line_.show(file, static_cast<double>(done) / static_cast<double>(total),
                 megabytes_text(done) + " of " + megabytes_text(total));
    } else {
      line_.show(file, 0.0, megabytes_text(done));
    }
  }

 private:
  std::string file_;
  std::int64_t step_ = -1;
  ProgressLine line_{stderr};
};

/// Returns the exit code.
int get(const std::string& name, const fs::path& from, const fs::path& data_dir) {
  const KnownDataSet& known = require_known(name);
  GetOptions options{.destination = destination_folder(data_dir), .from = from};
  const std::atomic<bool>& stop = stop_on_signals();
  GetResult result;
  try {
    DownloadLine line;
    options.progress = [&](const std::string& file, std::int64_t done, std::int64_t total) {
      line.show(file, done, total);
      return !stop;
    };
    result = get_dataset(known, options);
  } catch (const Stopped& stopped) {
    std::cerr << "infoplane: " << stopped.what() << '\n';
    return kInterrupted;
  }
  fmt::print("{} is {}in {}\n", name, result.was_there ? "already " : "", result.folder.string());
  return 0;
}

void add_list(CLI::App& data) {
  struct Arguments {
    std::string data_dir;
    bool json = false;
  };
  CLI::App* list = data.add_subcommand("list", "Show every data set: where it was found, its size");
  const auto arguments = std::make_shared<Arguments>();
  list->add_option("--data-dir", arguments->data_dir, "Look in this folder first");
  list->add_flag("--json", arguments->json, "Print one JSON object");
  list->callback([arguments] {
    std::vector<Listing> listings;
    for (const KnownDataSet& known : catalog()) {
      listings.push_back(listing_of(known, arguments->data_dir));
    }
    listings.push_back(tishby_listing(arguments->data_dir));
    (arguments->json ? print_json : print_table)(listings, arguments->data_dir);
  });
}

void add_get(CLI::App& data, int& exit_code) {
  struct Arguments {
    std::string name;
    std::string from;
    std::string data_dir;
  };
  CLI::App* command = data.add_subcommand(
      "get", "Download a data set and check it, or take it from files that you have");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("data-set", arguments->name, "mnist, fashion-mnist, cifar10 or cifar100")
      ->required();
  command->add_option("--from", arguments->from,
                      "A folder with the official files, or their archive, instead of the network");
  command->add_option("--data-dir", arguments->data_dir,
                      "Put it into this folder (default: $INFOPLANE_DATA, else the cache folder)");
  command->callback([arguments, &exit_code] {
    exit_code = get(arguments->name, arguments->from, arguments->data_dir);
  });
}

}  // namespace

void add_data(CLI::App& app, int& exit_code) {
  CLI::App* data = app.add_subcommand("data", "List the data sets, or get one");
  data->require_subcommand(1);
  add_list(*data);
  add_get(*data, exit_code);
}

}  // namespace infoplane::apps
