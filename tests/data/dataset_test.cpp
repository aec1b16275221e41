#include "data/dataset.h"

#include <gmock/gmock.h>

#include "core/data_name.h"
#include "data/catalog.h"
#include "data/digest.h"
#include "data/download.h"
#include "data/locate.h"
#include "tests/data/files.h"
#include "tests/data/limits.h"
#include "tests/support/sanitized.h"
#include "tests/support/working_folder.h"

namespace infoplane {
namespace {

using test::expect_error;
using test::ScopedVariable;
using test::TemporaryFolder;

/// Nothing of the user's own data is found: no cache, no $INFOPLANE_DATA. What a package brought to
/// /usr/share/datasets is: Debian has one, of Fashion-MNIST.
class Isolated : public testing::Test {
 protected:
  TemporaryFolder folder_;
  TemporaryFolder cache_;
  ScopedVariable variable_{"INFOPLANE_DATA", ""};
  ScopedVariable xdg_{"XDG_CACHE_HOME", cache_.path().string()};
};

using DataSets = Isolated;
using Locate = Isolated;

TEST_F(DataSets, LoadsMnist) {
  test::write_mnist(folder_, "mnist");
  DataOptions options;
  options.data_dir = folder_.path();
  const DataSet set = load_dataset("mnist", options);
  EXPECT_EQ(set.name, "mnist");
  EXPECT_EQ(set.image, Shape({1, 28, 28}));
  EXPECT_EQ(set.classes, 10);
  EXPECT_EQ(set.class_names.size(), 10u);
  EXPECT_EQ(set.train.size(), 20);
  EXPECT_EQ(set.validation.size(), 10);
  EXPECT_EQ(set.files.size(), 4u);
  EXPECT_EQ(set.sha256.size(), 64u);
}

TEST_F(DataSets, APartOfADataSetAndOtherImagesAreNoted) {
  test::write_mnist(folder_, "mnist");
  DataOptions options;
  options.data_dir = folder_.path();
  const DataSet part = load_dataset("mnist", options);
  ASSERT_EQ(part.notes.size(), 1u);
  EXPECT_EQ(part.notes[0],
            "mnist has 60000 training and 10000 validation images, but there are 20 and 10 in " +
                (folder_ / "mnist").string());
  for (const std::string split : {"train", "t10k"}) {
    folder_.write("mnist/" + split + "-images-idx3-ubyte",
                  test::idx_images(split == "train" ? 20 : 10));
  }
  EXPECT_EQ(
      load_dataset("mnist", options).notes,
      std::vector<std::string>{"mnist has images of [1, 28, 28], but these are of [1, 3, 2] in " +
                               (folder_ / "mnist").string()});
}

TEST_F(DataSets, TheWholeOfADataSetHasNoNote) {
  KnownDataSet known = *find_known("mnist");
  test::write_mnist(folder_, "mnist");
  known.train_images = 20;
  known.validation_images = 10;
  const DataSet set = read_known(known, files_in(folder_ / "mnist", known)->files);
  EXPECT_EQ(other_than_official(known, set), "");
  known.validation_images = 11;
  EXPECT_NE(other_than_official(known, set), "");
}

TEST_F(DataSets, LoadsBothCifars) {
  for (int batch = 1; batch <= 5; ++batch) {
    folder_.write("cifar-10-batches-bin/data_batch_" + std::to_string(batch) + ".bin",
                  test::cifar_records(batch, 10));
  }
  folder_.write("cifar-10-batches-bin/test_batch.bin", test::cifar_records(4, 10));
  folder_.write("cifar100/train.bin", test::cifar_records(6, 100));
  folder_.write("cifar100/test.bin", test::cifar_records(3, 100));
  DataOptions options;
  options.data_dir = folder_.path();
  const DataSet ten = load_dataset("cifar10", options);
  EXPECT_EQ(ten.train.size(), 15);
  EXPECT_EQ(ten.validation.size(), 4);
  EXPECT_EQ(ten.image, Shape({3, 32, 32}));
  EXPECT_EQ(ten.class_names[9], "9");  // no batches.meta.txt
  EXPECT_EQ(ten.files.size(), 6u);
  const DataSet hundred = load_dataset("cifar100", options);
  EXPECT_EQ(hundred.train.size(), 6);
  EXPECT_EQ(hundred.classes, 100);

  std::string names;
  for (int label = 0; label < 10; ++label) {
    names += "kind " + std::to_string(label) + "\n";
  }
  folder_.write("cifar-10-batches-bin/batches.meta.txt", test::text_bytes(names));
  EXPECT_EQ(load_dataset("cifar10", options).class_names[9], "kind 9");
}

TEST_F(DataSets, LoadsFoldersAndArraysByTheirPrefix) {
  using test::npy;
  const auto images = folder_.write("i.npy", npy("|u1", "(5, 2)", test::Bytes(10)));
  const auto labels = folder_.write("l.npy", npy("|u1", "(5,)", {0, 1, 0, 1, 0}));
  const std::string name = "npy:" + images.string() + "," + labels.string();
  EXPECT_EQ(load_dataset(name, {}).name, name);
  EXPECT_EQ(load_dataset(name + "," + images.string() + "," + labels.string(), {}).train.size(), 5);
  expect_error<DataError>([&] { load_dataset("npy:a,b,c,d", {}); }, {"a: no such file"});
  for (const std::string wrong :
       {"npy:", "npy:a", "npy:a,", "npy:,b", "npy:a,b,c", "npy:a,b,c,", "npy:a,b,c,d,e"}) {
    expect_error<UsageError>([&] { load_dataset(wrong, {}); }, {"npy:IMAGES.npy,LABELS.npy"});
  }
  expect_error<UsageError>([&] { load_dataset("folder:", {}); }, {"must be folder:PATH"});
  expect_error<DataError>([&] { load_dataset("folder:/nowhere", {}); }, {"/nowhere: no such"});
  EXPECT_EQ(load_dataset("tishby", {}).validation.size(), 4096);
  DataOptions nowhere;
  nowhere.data_dir = folder_ / "nowhere";
  expect_error<DataError>([&] { load_dataset("tishby", nowhere); },
                          {"nowhere (--data-dir): no such folder"});
}

TEST_F(DataSets, ArraysMayLieBehindCommasAndLinks) {
  using test::npy;
  const auto images = folder_.write("a,b/i.npy", npy("|u1", "(5, 2)", test::Bytes(10)));
  const auto labels = folder_.write("a,b/l.npy", npy("|u1", "(5,)", {0, 1, 0, 1, 0}));
  const std::string name = "npy:" + images.string() + "," + labels.string();
  EXPECT_EQ(absolute_data_name(name), name);
  EXPECT_EQ(load_dataset(name, {}).name, name);
  const test::WorkingFolder inside(folder_ / "a,b");
  EXPECT_EQ(absolute_data_name("npy:./i.npy,l.npy"), name);
  EXPECT_EQ(load_dataset(name + "," + images.string() + ",./l.npy", {}).files.size(), 4u);
  EXPECT_EQ(absolute_data_name(name + ",i.npy," + labels.string()),
            name + "," + images.string() + "," + labels.string());
  folder_.write("deep/er/x", {});
  std::filesystem::create_directory_symlink(folder_ / "deep/er", folder_ / "a,b/link");
  EXPECT_EQ(absolute_data_name("folder:link/../x"),
            "folder:" + std::filesystem::canonical(folder_ / "deep").string() + "/x");
}

TEST_F(DataSets, StacksKnownOnesByTheirPrefix) {
  test::write_mnist(folder_, "mnist");
  DataOptions options;
  options.data_dir = folder_.path();
  const DataSet set = load_dataset("stacked:2:mnist", options);
  EXPECT_EQ(set.name, "stacked:2:mnist");
  EXPECT_EQ(set.image, Shape({2, 28, 28}));
  EXPECT_EQ(set.classes, 100);
  EXPECT_EQ(set.train.size(), 20);
  EXPECT_EQ(set.files.size(), 4u);
  EXPECT_THAT(set.notes, testing::ElementsAre(
                             testing::StartsWith("mnist has 60000 training"),
                             testing::StartsWith("stacked:2:mnist has no training image of")));
  DataOptions other_seed = options;
  other_seed.seed = 5;
  EXPECT_EQ(load_dataset("stacked:2:mnist", other_seed).sha256, set.sha256);

  options.classes = 50;  // those whose first digit is below five
  options.limit = 3;
  const DataSet few = load_dataset("stacked:2:mnist", options);
  EXPECT_EQ(few.class_names.back(), "4-9");
  EXPECT_EQ(few.train.size(), 3);

  expect_error<DataError>([&] { load_dataset("stacked:2:cifar10", options); },
                          {"data set cifar10 not found"});
  expect_error<DataError>([&] { require_dataset("stacked:2:cifar10", options); },
                          {"data set cifar10 not found"});
  expect_error<UsageError>([&] { require_dataset("stacked:cifar10", options); },
                           {"must be stacked:COUNT:NAME"});
}

TEST_F(DataSets, TheirKindIsKnownWithoutFiles) {
  EXPECT_EQ(known_kind("tishby")->image, Shape({12}));
  EXPECT_EQ(known_kind("cifar100")->classes, 100);
  EXPECT_EQ(known_kind("stacked:3:fashion-mnist")->classes, 1000);
  EXPECT_FALSE(known_kind("folder:images"));
}

TEST_F(DataSets, SayWhatMemoryDoesNotHold) {
  if (test::kSanitized) {
    GTEST_SKIP() << "the sanitizers have a memory of their own";
  }
  constexpr std::uint64_t kRows = 1 << 24;  // holes, but for one label
  const auto array = [&](const std::string& name, const std::string& shape) {
    const test::Bytes header = test::npy("|u1", shape, {1});
    const auto file = folder_.write(name, header);
    std::filesystem::resize_file(file, header.size() - 1 + kRows);
    return file.string();
  };
  const std::string images = array("i.npy", "(16777216, 1)");
  const std::string labels = array("l.npy", "(16777216,)");
  // The files, 32 MiB, and the labels, 64 MiB, fit; the order of the rows, 128 MiB, does not.
  const test::MemoryLimit limit(std::uint64_t{160} << 20);
  expect_error<DataError>([&] { load_dataset("npy:" + images + "," + labels, {}); },
                          {"data set 'npy:", "takes more memory than there is"});
}

TEST_F(DataSets, LimitTakesTheFirstImages) {
  test::write_mnist(folder_, "mnist");
  DataOptions options;
  options.data_dir = folder_.path();
  const DataSet whole = load_dataset("mnist", options);
  options.limit = 12;
  const DataSet some = load_dataset("mnist", options);
  EXPECT_EQ(some.train.size(), 12);
  EXPECT_EQ(some.validation.size(), 10);
  EXPECT_EQ(some.train.pixels.size(), 12u * 784);
  EXPECT_NE(some.sha256, whole.sha256);
  options.limit = 1000;
  EXPECT_EQ(load_dataset("mnist", options).sha256, whole.sha256);
  for (const std::int64_t wrong : {0, -5}) {
    options.limit = wrong;
    expect_error<UsageError>([&] { load_dataset("mnist", options); },
                             {"--limit is " + std::to_string(wrong)});
  }
}

TEST_F(DataSets, ClassesWithoutAnImageToTrainOnAreNoted) {
  const auto notes = [&](const test::Bytes& labels, std::optional<std::int64_t> limit = {}) {
    const auto images = folder_.write("images.npy", test::npy("|u1", "(10, 1)", test::Bytes(10)));
    const auto file = folder_.write("labels.npy", test::npy("|u1", "(10,)", labels));
    DataOptions options;
    options.limit = limit;
    return load_dataset("npy:" + images.string() + "," + file.string(), options).notes;
  };
  EXPECT_THAT(notes({0, 1, 0, 1, 0, 1, 0, 1, 0, 1}), testing::IsEmpty());
  EXPECT_THAT(notes({0, 1, 4, 0, 1, 4, 0, 1, 4, 0}),
              testing::ElementsAre(testing::HasSubstr(
                  "labels.npy has no training image of class 2, 3: 2 of 5 classes are empty")));
  EXPECT_THAT(notes({0, 1, 99, 0, 1, 99, 0, 1, 99, 0}),
              testing::ElementsAre(testing::HasSubstr("class 2, 3, 4, 5, 6, ...: 97 of 100")));
  EXPECT_THAT(notes({0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 1),
              testing::ElementsAre(testing::HasSubstr("1 of 2 classes are empty")));
}

TEST_F(DataSets, ClassesTakesTheImagesOfTheFirstClasses) {
  test::write_mnist(folder_, "mnist");
  DataOptions options;
  options.data_dir = folder_.path();
  const DataSet whole = load_dataset("mnist", options);
  options.classes = 3;
  const DataSet some = load_dataset("mnist", options);
  EXPECT_EQ(some.classes, 3);
  EXPECT_LE(some.class_names.size(), 3u);
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < whole.train.labels.size(); ++i) {
    if (whole.train.labels[i] < 3) {
      labels.push_back(whole.train.labels[i]);
      rows.push_back(static_cast<std::int64_t>(i));
      const auto image = whole.train.pixels.begin() + static_cast<std::ptrdiff_t>(784 * i);
      pixels.insert(pixels.end(), image, image + 784);
    }
  }
  ASSERT_GT(labels.size(), 2u);
  ASSERT_LT(labels.size(), whole.train.labels.size());
  EXPECT_EQ(some.train.labels, labels);
  EXPECT_EQ(some.train.pixels, pixels);
  EXPECT_EQ(some.train.sources.rows, rows);
  options.limit = 2;  // of those that are left
  EXPECT_EQ(load_dataset("mnist", options).train.labels,
            (std::vector<std::int32_t>{labels[0], labels[1]}));
  for (const int wrong : {1, 11}) {
    options.classes = wrong;
    expect_error<UsageError>([&] { load_dataset("mnist", options); },
                             {"classes is " + std::to_string(wrong), "'mnist'", "2 to 10"});
  }
}

TEST_F(DataSets, SuggestsTheNearestName) {
  expect_error<UsageError>([&] { load_dataset("mnsit", {}); },
                           {"unknown data set 'mnsit'; did you mean 'mnist'?"});
  expect_error<UsageError>(
      [&] { load_dataset("nosuch", {}); },
      {"unknown data set 'nosuch'; there are ", "mnist, ", "folder:PATH and "});
  expect_error<UsageError>([&] { load_dataset("fashion", {}); }, {"mean 'fashion-mnist'"});
  expect_error<UsageError>([&] { load_dataset("", {}); }, {"unknown data set ''"});
  expect_error<UsageError>([&] { require_dataset("mnsit", {}); },
                           {"unknown data set 'mnsit'", "'mnist'"});
}

TEST_F(DataSets, SayWhereTheyLookedAndWhatToDo) {
  DataOptions options;
  options.data_dir = folder_ / "empty";
  std::filesystem::create_directory(options.data_dir);
  const ScopedVariable variable("INFOPLANE_DATA", folder_.path().string());
  folder_.write("mnist/train-images-idx3-ubyte", test::idx_images(1));
  expect_error<DataError>(
      [&] { load_dataset("mnist", options); },
      {"mnist not found in", "empty (--data-dir)",
       folder_.path().string() + " ($INFOPLANE_DATA) (its mnist lacks train-labels-idx1-ubyte)",
       cache_.path().string() + "/infoplane", "/usr/share/datasets", "infoplane data get mnist"});
  // A build that cannot download says what it can.
  const std::string how = can_download() ? "data get mnist'" : "data get mnist --from FOLDER'";
  expect_error<DataError>([&] { require_dataset("mnist", options); }, {"mnist not found in", how});
  EXPECT_NO_THROW(require_dataset("tishby", options));
}

TEST_F(DataSets, AFolderThatTheUserNamedMustBeThere) {
  test::write_mnist(cache_, "infoplane/mnist");
  EXPECT_EQ(load_dataset("mnist", {}).train.size(), 20);
  DataOptions options;
  options.data_dir = folder_ / "typo";
  const auto expect_refused = [&](const std::string& said) {
    for (const std::string name : {"mnist", "stacked:2:mnist", "tishby"}) {
      expect_error<DataError>([&] { load_dataset(name, options); }, {said, "no such folder"});
    }
    expect_error<DataError>([&] { require_dataset("mnist", options); }, {said});
  };
  expect_refused("typo (--data-dir)");
  options.data_dir.clear();
  const ScopedVariable variable("INFOPLANE_DATA", "/nope");
  expect_refused("/nope ($INFOPLANE_DATA)");
}

TEST_F(DataSets, SayWhereTheyCouldNotLook) {
  std::filesystem::create_symlink("loop", folder_ / "loop");
  std::filesystem::create_symlink("mnist", folder_ / "mnist");
  const auto file = folder_.write("file", {1});
  const auto expect_said = [](const std::filesystem::path& data_dir, const std::string& said) {
    DataOptions options;
    options.data_dir = data_dir;
    expect_error<DataError>([&] { load_dataset("mnist", options); }, {said});
  };
  expect_said(folder_ / "loop", "loop (--data-dir): cannot be looked into: Too many levels");
  expect_said(file / "sub", "file/sub (--data-dir): cannot be looked into: Not a directory");
  expect_said(file, "file (--data-dir): no such folder");
  expect_said(folder_.path(), "(its mnist cannot be looked into: Too many levels");

  test::write_mnist(folder_, "closed/mnist");
  std::filesystem::permissions(folder_.path(), std::filesystem::perms{0755});
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms::none);
  {
    const test::Unprivileged reader;
    if (reader.is_so()) {
      expect_said(folder_ / "closed", "(its mnist cannot be looked into: Permission denied)");
    }
  }
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms::owner_all);
}

TEST_F(DataSets, DigestsCoverEverythingThatTrains) {
  EXPECT_EQ(
      [] {
        Sha256 sum;
        sum.update("abc");
        return sum.finish();
      }(),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_file(folder_.write("abc", test::text_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  DataSet set;
  set.image = {1, 1, 2};
  set.train.pixels = {1, 2, 3, 4};
  set.train.labels = {0, 1};
  set.validation.pixels = {5, 6};
  set.validation.labels = {1};
  const std::string digest = sha256_of(set);
  // printf '[1, 1, 2] 2 u8\n\1\2\3\4\0\0\0\0\1\0\0\0[1, 1, 2] 1 u8\n\5\6\1\0\0\0' | sha256sum
  EXPECT_EQ(digest, "5fd6cd7276fd67b96f3ae90d8ec88634c1cda7d4ad7277e30e57d8c40dcfabb4");
  DataSet other = set;
  other.train.labels[0] = 1;
  EXPECT_NE(sha256_of(other), digest);
  other = set;
  other.validation.pixels[0] = 9;
  EXPECT_NE(sha256_of(other), digest);
  other = set;
  other.image = {2, 1, 1};
  EXPECT_NE(sha256_of(other), digest);
  other = set;
  other.class_names = {"a", "b"};
  EXPECT_EQ(sha256_of(other), digest);
}

TEST_F(Locate, LooksInOrder) {
  const TemporaryFolder environment;
  const ScopedVariable variable("INFOPLANE_DATA", environment.path().string());
  const KnownDataSet& mnist = *find_known("mnist");
  const auto found = [&](const std::filesystem::path& data_dir) {
    const auto located = find_files(mnist, data_dir);
    return located ? located->folder : std::filesystem::path();
  };
  test::write_mnist(cache_, "infoplane/mnist");
  EXPECT_EQ(found({}), cache_ / "infoplane/mnist");
  test::write_mnist(environment, "mnist");
  EXPECT_EQ(found({}), environment / "mnist");
  test::write_mnist(folder_, "MNIST/raw");
  EXPECT_EQ(found(folder_.path()), folder_ / "MNIST/raw");
  EXPECT_EQ(destination_folder({}), environment.path());
  EXPECT_EQ(destination_folder(folder_.path()), folder_.path());
}

TEST_F(Locate, TakesTheFolderItselfOnlyWhenItIsNamed) {
  test::write_mnist(folder_, ".");
  const KnownDataSet& mnist = *find_known("mnist");
  EXPECT_TRUE(find_files(mnist, folder_.path()).has_value());
  const ScopedVariable variable("INFOPLANE_DATA", folder_.path().string());
  EXPECT_FALSE(find_files(mnist, {}).has_value());
}

TEST_F(Locate, DoesNotTakeOneDataSetForAnother) {
  test::write_mnist(folder_, "fashion-mnist");
  const std::filesystem::path fashion = folder_ / "fashion-mnist";
  EXPECT_TRUE(find_files(*find_known("fashion-mnist"), fashion).has_value());
  EXPECT_FALSE(find_files(*find_known("mnist"), fashion).has_value());
  EXPECT_FALSE(find_files(*find_known("mnist"), fashion / "").has_value());
  EXPECT_FALSE(find_files(*find_known("mnist"), folder_.path()).has_value());
}

TEST_F(Locate, KnowsFoldersThatAreNamedAfterAnotherByAnyOfItsNames) {
  test::write_mnist(folder_, "MNIST/raw");
  test::write_mnist(folder_, "FashionMNIST/raw");
  test::write_mnist(folder_, "FashionMNIST");
  const auto found = [&](const char* name, const char* in) {
    return files_below(folder_ / in, true, *find_known(name)).has_value();
  };
  EXPECT_TRUE(found("mnist", "MNIST/raw"));
  EXPECT_TRUE(found("fashion-mnist", "FashionMNIST/raw"));
  EXPECT_FALSE(found("fashion-mnist", "MNIST/raw"));
  EXPECT_FALSE(found("mnist", "FashionMNIST/raw"));
  EXPECT_FALSE(found("mnist", "FashionMNIST"));
}

TEST_F(Locate, KnowsTheOtherSpellings) {
  folder_.write("mnist/train-images.idx3-ubyte", test::idx_images(2, 28, 28));
  folder_.write("mnist/train-labels.idx1-ubyte.gz", test::gzipped(test::idx_labels(2)));
  folder_.write("mnist/t10k-images-idx3-ubyte.gz", test::gzipped(test::idx_images(1, 28, 28)));
  folder_.write("mnist/t10k-labels-idx1-ubyte", test::idx_labels(1));
  DataOptions options;
  options.data_dir = folder_.path();
  EXPECT_EQ(load_dataset("mnist", options).train.size(), 2);
}

TEST_F(Locate, TellsAPartFromTheWholeByTheSizesOfTheFiles) {
  const KnownDataSet& mnist = *find_known("mnist");
  const auto flaw = [&] {
    return flaw_of(*find_files(mnist, folder_.path()), mnist, folder_ / "d");
  };
  test::write_mnist(folder_, "mnist");
  EXPECT_THAT(flaw(),
              testing::AllOf(testing::StartsWith("damaged or in part; 'infoplane data get"),
                             testing::HasSubstr(" --data-dir " + (folder_ / "d").string())));
  const std::filesystem::path folder = folder_ / "mnist";
  std::filesystem::resize_file(folder / "train-images-idx3-ubyte", 47040016);  // holes
  std::filesystem::resize_file(folder / "train-labels-idx1-ubyte", 60008);
  std::filesystem::resize_file(folder / "t10k-images-idx3-ubyte", 7840016);
  EXPECT_NE(flaw(), "");
  std::filesystem::remove(folder / "t10k-labels-idx1-ubyte");
  const test::Bytes packed = test::gzipped(test::idx_labels(10000));
  const auto labels = folder_.write("mnist/t10k-labels-idx1-ubyte.gz", packed);
  EXPECT_EQ(flaw(), "");
  std::filesystem::resize_file(labels, packed.size() - 1);
  EXPECT_NE(flaw(), "");
  std::filesystem::resize_file(labels, 0);
  EXPECT_NE(flaw(), "");
}

TEST_F(Locate, FindsTheUsersVarU) {
  EXPECT_FALSE(find_var_u(folder_.path()).has_value());
  folder_.write("var_u.mat", {1});
  EXPECT_EQ(find_var_u(folder_.path()), folder_ / "var_u.mat");
  folder_.write("tishby/var_u.mat", {1});
  EXPECT_EQ(find_var_u(folder_.path()), folder_ / "tishby/var_u.mat");
}

TEST(Installed, ReadsDebiansFashionMnist) {
  if (!files_in("/usr/share/datasets/fashion-mnist", *find_known("fashion-mnist"))) {
    GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
  }
  DataOptions options;
  options.data_dir = "/usr/share/datasets";
  const DataSet set = load_dataset("fashion-mnist", options);
  EXPECT_EQ(set.image, Shape({1, 28, 28}));
  EXPECT_EQ(set.train.size(), 60000);
  EXPECT_EQ(set.validation.size(), 10000);
  EXPECT_EQ(set.class_names[9], "Ankle boot");
  std::vector<int> counts(10);
  for (const std::int32_t label : set.train.labels) {
    ++counts[static_cast<std::size_t>(label)];
  }
  EXPECT_EQ(counts, std::vector<int>(10, 6000));
  const KnownDataSet& known = *find_known("fashion-mnist");
  EXPECT_EQ(flaw_of(*find_files(known, options.data_dir), known, {}), "");
}

}  // namespace
}  // namespace infoplane
