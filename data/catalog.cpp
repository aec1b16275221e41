#include "data/catalog.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "core/data_name.h"
#include "data/cifar.h"
#include "data/download.h"
#include "data/file.h"
#include "data/idx.h"

namespace infoplane {

namespace {

using Paths = std::vector<std::filesystem::path>;

/// The slots of both IDX data sets.
enum IdxSlot { kTrainImages, kTrainLabels, kTestImages, kTestLabels };

void use_numbers_as_names(DataSet& set) {
  for (int label = 0; label < set.classes; ++label) {
    set.class_names.push_back(std::to_string(label));
  }
}

void read_idx(const KnownDataSet& known, const Paths& files, DataSet& set) {
  set.train = read_idx_split(files[kTrainImages], files[kTrainLabels], known.classes, set.image);
  set.validation = read_idx_split(files[kTestImages], files[kTestLabels], known.classes, set.image);
}

void read_mnist(const KnownDataSet& known, const Paths& files, DataSet& set) {
  read_idx(known, files, set);
  use_numbers_as_names(set);
}

void read_fashion_mnist(const KnownDataSet& known, const Paths& files, DataSet& set) {
  read_idx(known, files, set);
  set.class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                     "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
}

/// Slots: the training files, the test file, and the names of the classes.
void read_cifar(CifarFormat format, const Paths& files, DataSet& set) {
  const auto test = files.end() - 2;
  set.image = {3, 32, 32};
  set.train = read_cifar_split({files.begin(), test}, format);
  set.validation = read_cifar_split({*test}, format);
  if (files.back().empty()) {
    use_numbers_as_names(set);
  } else {
    set.class_names = read_class_names(files.back(), set.classes);
  }
}

void read_cifar10(const KnownDataSet&, const Paths& files, DataSet& set) {
  read_cifar(CifarFormat::kCifar10, files, set);
}

void read_cifar100(const KnownDataSet&, const Paths& files, DataSet& set) {
  read_cifar(CifarFormat::kCifar100, files, set);
}

/// MNIST's four files, each plain or compressed, with the dash or the dot before "idx".
std::vector<FileSlot> idx_slots() {
  std::vector<FileSlot> slots;
  for (const std::string stem : {"train-images", "train-labels", "t10k-images", "t10k-labels"}) {
    const bool is_images = stem.ends_with("images");
    const std::string type = is_images ? "idx3-ubyte" : "idx1-ubyte";
    const std::uint64_t count = stem.starts_with("train") ? 60000 : 10000;
    slots.push_back({{stem + "-" + type, stem + "-" + type + ".gz", stem + "." + type,
                      stem + "." + type + ".gz"},
                     true,
                     is_images ? 16 + 28 * 28 * count : 8 + count});
  }
  return slots;
}

/// The compressed files of an IDX data set, at `mirrors`, in the order of the slots.
std::vector<Remote> idx_downloads(const std::vector<std::string>& digests,
                                  const std::vector<std::string>& mirrors) {
  std::vector<Remote> remotes;
  for (const FileSlot& slot : idx_slots()) {
    Remote remote{slot.names[1], digests[remotes.size()], {}};
    for (const std::string& mirror : mirrors) {
      remote.urls.push_back(mirror + remote.file);
    }
    remotes.push_back(remote);
  }
  return remotes;
}

std::string command_for(const std::string& name) {
  return "infoplane data get " + name + (can_download() ? "" : " --from FOLDER");
}

std::string advice_for(const std::string& name) {
  return "get it with '" + command_for(name) + "'";
}

KnownDataSet mnist() {
  return {.name = "mnist",
          .about = "handwritten digits",
          .image = {1, 28, 28},
          .classes = 10,
          .train_images = 60000,
          .validation_images = 10000,
          .advice = advice_for("mnist"),
          .folders = {"mnist", "MNIST/raw"},
          .slots = idx_slots(),
          .downloads =
              idx_downloads({"440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                             "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                             "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                             "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
                            {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                             "https://storage.googleapis.com/cvdf-datasets/mnist/"}),
          .read = read_mnist};
}

KnownDataSet fashion_mnist() {
  return {.name = "fashion-mnist",
          .about = "articles of clothing",
          .image = {1, 28, 28},
          .classes = 10,
          .train_images = 60000,
          .validation_images = 10000,
          .advice = "get it with 'apt install dataset-fashion-mnist' or '" +
                    command_for("fashion-mnist") + "'",
          .folders = {"fashion-mnist", "FashionMNIST/raw"},
          .slots = idx_slots(),
          .downloads = idx_downloads(
              {"3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
               "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
               "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
               "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"},
              {"https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
               "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"}),
          .read = read_fashion_mnist};
}

KnownDataSet cifar10() {
  constexpr std::uint64_t kBatchBytes = 10000 * (1 + 3 * 32 * 32);
  std::vector<FileSlot> slots;
  for (int batch = 1; batch <= 5; ++batch) {
    slots.push_back({{"data_batch_" + std::to_string(batch) + ".bin"}, true, kBatchBytes});
  }
  slots.push_back({{"test_batch.bin"}, true, kBatchBytes});
  slots.push_back({{"batches.meta.txt"}, false});
  return {.name = "cifar10",
          .about = "small photographs of animals and vehicles",
          .image = {3, 32, 32},
          .classes = 10,
          .train_images = 50000,
          .validation_images = 10000,
          .advice = advice_for("cifar10"),
          .folders = {"cifar10", "cifar10/cifar-10-batches-bin", "cifar-10-batches-bin"},
          .slots = slots,
          .downloads = {{"cifar-10-binary.tar.gz",
                         "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                         {"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"}}},
          .read = read_cifar10};
}

KnownDataSet cifar100() {
  constexpr std::uint64_t kRecordBytes = 2 + 3 * 32 * 32;
  return {.name = "cifar100",
          .about = "small photographs of a hundred kinds",
          .image = {3, 32, 32},
          .classes = 100,
          .train_images = 50000,
          .validation_images = 10000,
          .advice = advice_for("cifar100"),
          .folders = {"cifar100", "cifar100/cifar-100-binary", "cifar-100-binary"},
          .slots = {{{"train.bin"}, true, 50000 * kRecordBytes},
                    {{"test.bin"}, true, 10000 * kRecordBytes},
                    {{"fine_label_names.txt"}, false}},
          .downloads = {{"cifar-100-binary.tar.gz",
                         "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                         {"https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"}}},
          .read = read_cifar100};
}

}  // namespace

std::string command_to_get(const KnownDataSet& known) { return command_for(known.name); }

const std::vector<KnownDataSet>& catalog() {
  static const std::vector<KnownDataSet> known = {mnist(), fashion_mnist(), cifar10(), cifar100()};
  return known;
}

const KnownDataSet* find_known(const std::string& name) {
  const auto found = std::find_if(catalog().begin(), catalog().end(),
                                  [&](const KnownDataSet& known) { return known.name == name; });
  return found == catalog().end() ? nullptr : &*found;
}

DataSet read_known(const KnownDataSet& known, const std::vector<std::filesystem::path>& files) {
  DataSet set;
  set.name = known.name;
  set.classes = known.classes;
  known.read(known, files, set);
  std::copy_if(files.begin(), files.end(), std::back_inserter(set.files),
               [](const std::filesystem::path& file) { return !file.empty(); });
  return set;
}

std::string other_than_official(const KnownDataSet& known, const DataSet& set) {
  if (set.image != known.image) {
    return "images of " + known.image.to_string() + ", but these are of " + set.image.to_string();
  }
  if (set.train.size() == known.train_images && set.validation.size() == known.validation_images) {
    return "";
  }
  return std::to_string(known.train_images) + " training and " +
         std::to_string(known.validation_images) + " validation images, but there are " +
         std::to_string(set.train.size()) + " and " + std::to_string(set.validation.size());
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const KnownDataSet& known : catalog()) {
    names.push_back(known.name);
  }
  return names;
}

std::vector<std::string> dataset_names() {
  std::vector<std::string> names = known_names();
  names.emplace_back(kTishbyName);
  return names;
}

}  // namespace infoplane
