#include "data/get.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string_view>
#include <thread>

#include "core/file_lock.h"
#include "data/archive.h"
#include "data/digest.h"
#include "tests/data/files.h"
#include "tests/data/limits.h"
#include "tests/support/loopback_listener.h"
#include "tests/support/sanitized.h"
#include "tests/support/working_folder.h"

namespace infoplane {
namespace {

namespace fs = std::filesystem;

using test::Bytes;
using test::expect_error;
using test::TemporaryFolder;
using test::WorkingFolder;
using test::operator+;

/// One member of a tar archive (ustar): a 512-byte header, the data padded to 512.
/// `type` is '0' for a file, '2' for a symbolic link to `link`.
Bytes tar_member(const std::string& name, Bytes data, char type = '0',
                 const std::string& link = "") {
  Bytes header(512, 0);
  const auto put = [&](std::size_t at, const std::string& text) {
    std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
  };
  char size[12];
  std::snprintf(size, sizeof(size), "%011o", static_cast<unsigned>(data.size()));
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, size);
  put(136, "00000000000");
  put(148, "        ");
  put(156, std::string(1, type));
  put(157, link);
  put(257, "ustar");
  put(263, "00");
  unsigned sum = 0;
  for (const std::uint8_t byte : header) {
    sum += byte;
  }
  char text[8];
  std::snprintf(text, sizeof(text), "%06o", sum);
  put(148, text);
  data.resize((data.size() + 511) / 512 * 512);
  return header + data;
}

/// CIFAR-10's archive with one image a batch, its members in `folder`.
Bytes cifar_archive(const std::string& folder = "cifar-10-batches-bin/") {
  Bytes tar;
  for (const std::string name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                                 "data_batch_5", "test_batch"}) {
    tar = tar + tar_member(folder + name + ".bin", test::cifar_records(1, 10));
  }
  return test::gzipped(tar + tar_member(folder + "readme.html", {1}) + Bytes(1024, 0));
}

/// MNIST as write_mnist_gz() has it.
KnownDataSet small_mnist() {
  KnownDataSet known = *find_known("mnist");
  known.image = {1, 3, 2};
  known.train_images = 20;
  known.validation_images = 10;
  return known;
}

/// CIFAR-10 as cifar_archive() has it.
KnownDataSet small_cifar() {
  KnownDataSet known = *find_known("cifar10");
  known.train_images = 5;
  known.validation_images = 1;
  return known;
}

/// The data set, with its downloads replaced by copies in `server`.
KnownDataSet served_by(KnownDataSet known, const TemporaryFolder& server) {
  for (Remote& remote : known.downloads) {
    const fs::path file = server / remote.file;
    remote.urls = {"file://" + file.string()};
    remote.sha256 = sha256_file(file);
  }
  return known;
}

void write_mnist_gz(const TemporaryFolder& folder) {
  folder.write("train-images-idx3-ubyte.gz", test::gzipped(test::idx_images(20)));
  folder.write("train-labels-idx1-ubyte.gz", test::gzipped(test::idx_labels(20)));
  folder.write("t10k-images-idx3-ubyte.gz", test::gzipped(test::idx_images(10)));
  folder.write("t10k-labels-idx1-ubyte.gz", test::gzipped(test::idx_labels(10)));
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

/// Expects an Error, in one line that contains each of `parts`, and that no data are missing.
template <class Call>
void expect_unwritable(const Call& call, const std::vector<std::string>& parts) {
  expect_error<Error>(
      [&] {
        try {
          call();
        } catch (const DataError& error) {
          ADD_FAILURE() << "of data: " << error.what();
        }
      },
      parts);
}

/// Expects get_dataset() to throw DataError, in one line that contains each of `parts`.
void expect_refused(const KnownDataSet& known, const GetOptions& options,
                    const std::vector<std::string>& parts) {
  expect_error<DataError>([&] { get_dataset(known, options); }, parts);
}

/// An HTTP server on the loopback that gives each of the next connections one of the replies.
class LoopbackServer {
 public:
  explicit LoopbackServer(std::vector<std::string> replies) {
    thread_ = std::thread([this, replies = std::move(replies)] {
      for (const std::string& reply : replies) {
        const int client = ::accept(listener_.socket(), nullptr, nullptr);
        char request[4096];
        if (client < 0 || ::recv(client, request, sizeof(request), 0) < 0) {
          return;
        }
        ::send(client, reply.data(), reply.size(), MSG_NOSIGNAL);
        ::close(client);
      }
    });
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer() {
    ::shutdown(listener_.socket(), SHUT_RDWR);
    thread_.join();
  }

  const std::string& url() const { return listener_.url(); }

 private:
  test::LoopbackListener listener_;
  std::thread thread_;
};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

class Download : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_download()) {
      GTEST_SKIP() << "built with INFOPLANE_DOWNLOAD=OFF";
    }
  }

  TemporaryFolder folder_;
  TemporaryFolder server_;
  test::ScopedVariable direct_{"no_proxy", "127.0.0.1"};
};

constexpr const char* kSumOfAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_F(Download, TriesTheNextAddressAndReportsProgress) {
  const LoopbackServer server(
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ok("wrong"), ok("abc")});
  const Remote remote{"abc.txt", kSumOfAbc, {server.url(), server.url(), server.url()}};
  std::int64_t done = 0;
  std::string file;
  download(remote, folder_ / "abc.txt", [&](const std::string& name, std::int64_t bytes, auto) {
    file = name;
    done = bytes;
    return true;
  });
  EXPECT_EQ(test::read_bytes(folder_ / "abc.txt"), test::text_bytes("abc"));
  EXPECT_EQ(file, "abc.txt");
  EXPECT_EQ(done, 3);
}

TEST_F(Download, SaysWhyEachAddressFailedAndLeavesNothing) {
  const LoopbackServer server({"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", ok("abd")});
  const Remote remote{"abc.txt", kSumOfAbc, {server.url(), server.url(), server.url()}};
  expect_error<DataError>([&] { download(remote, folder_ / "abc.txt", {}); },
                          {"cannot download abc.txt", "404", "6 bytes remaining", "SHA-256 is a52d",
                           std::string("expected ") + kSumOfAbc});
  EXPECT_TRUE(names_in(folder_.path()).empty());
}

TEST_F(Download, FollowsNoRedirectionToFiles) {
  const auto secret = folder_.write("secret", test::text_bytes("abc"));
  const LoopbackServer server({"HTTP/1.1 302 Found\r\nLocation: file://" + secret.string() +
                               "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"});
  const Remote remote{"abc.txt", kSumOfAbc, {server.url()}};
  expect_error<DataError>([&] { download(remote, folder_ / "abc.txt", {}); }, {"cannot download"});
}

TEST_F(Download, SaysWhatCannotBeWritten) {
  const Remote remote{"abc.txt", kSumOfAbc, {"http://127.0.0.1:1/"}};
  expect_unwritable([&] { download(remote, "/nowhere/abc.txt", {}); },
                    {"/nowhere/abc.txt: cannot be written: No such file"});
}

TEST_F(Download, OnAFullDiskAdvisesToFreeSpaceAlone) {
  const auto file = server_.write("file", Bytes(1 << 16, 1));
  const Remote remote{"file", sha256_file(file), {"file://" + file.string()}};
  fs::create_symlink("/dev/full", folder_ / "file");
  expect_unwritable([&] { download(remote, folder_ / "file", {}); },
                    {"file: cannot be written: No space left on device; free some space"});
  // That of a data set does not advise to bring the files in another way.
  KnownDataSet known = small_mnist();
  known.downloads = {{"no folder/file", remote.sha256, remote.urls}};
  try {
    get_dataset(known, {folder_.path(), {}});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("file: cannot be written: No such file"));
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("--from")));
  }
}

TEST_F(Download, StopsWhenTheProgressSaysSo) {
  const LoopbackServer server({ok("abc")});
  const Remote remote{"abc.txt", kSumOfAbc, {server.url(), server.url()}};
  expect_error<Stopped>(
      [&] { download(remote, folder_ / "abc.txt", [](const auto&, auto, auto) { return false; }); },
      {"abc.txt"});
  EXPECT_TRUE(names_in(folder_.path()).empty());
}

TEST_F(Download, GetsMnist) {
  write_mnist_gz(server_);
  const KnownDataSet known = served_by(small_mnist(), server_);
  const GetOptions options{folder_ / "new/place", {}, {}};
  const GetResult first = get_dataset(known, options);
  EXPECT_FALSE(first.was_there);
  EXPECT_EQ(first.folder, folder_ / "new/place/mnist");
  EXPECT_EQ(names_in(first.folder).size(), 4u);
  EXPECT_EQ(names_in(folder_ / "new/place"), std::vector<std::string>{"mnist"});
  fs::remove_all(server_.path());
  EXPECT_TRUE(get_dataset(known, options).was_there);
}

TEST_F(Download, ReplacesADamagedCopy) {
  write_mnist_gz(server_);
  folder_.write("mnist/train-images-idx3-ubyte", {0, 0, 8});  // would be found before the .gz
  const GetResult result = get_dataset(served_by(small_mnist(), server_), {folder_.path(), {}});
  EXPECT_FALSE(result.was_there);
  EXPECT_EQ(names_in(result.folder).size(), 4u);
}

TEST_F(Download, PutsNothingInPlaceWhenOneFileFails) {
  write_mnist_gz(server_);
  KnownDataSet known = served_by(small_mnist(), server_);
  known.downloads[3].sha256[0] = 'x';
  expect_refused(known, {folder_.path(), {}},
                 {"t10k-labels-idx1-ubyte.gz", "data get mnist --from FOLDER"});
  EXPECT_TRUE(names_in(folder_.path()).empty());
}

TEST_F(Download, GetsAndUnpacksCifar) {
  server_.write("cifar-10-binary.tar.gz", cifar_archive());
  const GetResult result = get_dataset(served_by(small_cifar(), server_), {folder_.path(), {}});
  EXPECT_EQ(names_in(result.folder).size(), 6u);  // neither the archive nor the readme
}

TEST_F(Download, UnpacksOnlyTheExpectedFiles) {
  const Bytes tar = tar_member("../../evil.bin", {1}) + tar_member("/tmp/x/test.bin", {2}) +
                    tar_member("link.bin", {}, '2', "/etc/passwd") + Bytes(1024, 0);
  const auto archive = server_.write("a.tar", tar);
  extract(archive, {"test.bin", "link.bin"}, folder_.path(), {});
  EXPECT_EQ(names_in(folder_.path()), std::vector<std::string>{"test.bin"});
  EXPECT_EQ(test::read_bytes(folder_ / "test.bin"), Bytes{2});
}

TEST_F(Download, UnpacksNamesThatTheLocaleLacks) {
  // A pax header gives the name of the member behind it in UTF-8, which the C locale cannot hold.
  const std::string path =
      "26 path=donn\xc3\xa9"
      "es/test.bin\n";
  const std::string link =
      "27 linkpath=donn\xc3\xa9"
      "es/a.bin\n";
  const Bytes tar = tar_member("x", test::text_bytes(path), 'x') + tar_member("test.bin", {2}) +
                    tar_member("x", test::text_bytes(link), 'x') + tar_member("link.bin", {}, '1') +
                    Bytes(1024, 0);
  extract(server_.write("a.tar", tar), {"test.bin", "link.bin"}, folder_.path(), {});
  EXPECT_EQ(names_in(folder_.path()), std::vector<std::string>{"test.bin"});
  EXPECT_EQ(test::read_bytes(folder_ / "test.bin"), Bytes{2});
}

TEST_F(Download, RejectsDamagedArchives) {
  const KnownDataSet& known = *find_known("cifar10");
  const auto expect_bad = [&](const Bytes& bytes, const std::vector<std::string>& parts) {
    const auto archive = server_.write("a.tar.gz", bytes);
    expect_refused(known, {folder_.path(), archive}, parts);
    EXPECT_TRUE(names_in(folder_.path()).empty());
  };
  const Bytes whole = cifar_archive();
  expect_bad({}, {"a.tar.gz"});
  expect_bad(test::text_bytes("no archive"), {"a.tar.gz: cannot be unpacked"});
  expect_bad(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)),
             {"a.tar.gz: cannot be unpacked"});
  expect_bad(
      test::gzipped(tar_member("data_batch_1.bin", test::cifar_records(1, 10)) + Bytes(1024, 0)),
      {"a.tar.gz: lacks data_batch_2.bin"});
  // It is the archive that the user has, and no file on its way.
  Bytes tar;
  for (const auto& slot : known.slots) {
    Bytes records = test::cifar_records(1, 10);
    records[0] = 77;
    tar = tar + tar_member(slot.names[0], records);
  }
  expect_bad(test::gzipped(tar + Bytes(1024, 0)),
             {(server_ / "a.tar.gz").string() + ": its data_batch_1.bin: label 77"});
  expect_bad(whole, {"a.tar.gz: is not the whole data set: cifar10 has 50000 training and 10000 "
                     "validation images, but there are 5 and 1;"});
}

TEST_F(Download, StopsWhileItUnpacks) {
  const auto archive = server_.write("a.tar.gz", cifar_archive());
  std::string file;
  const Progress stop = [&](const std::string& name, auto, auto) {
    file = name;
    return false;
  };
  expect_error<Stopped>(
      [&] {
        get_dataset(small_cifar(), {folder_.path(), archive, stop});
      },
      {"data_batch_1.bin"});
  EXPECT_EQ(file, "data_batch_1.bin");
  EXPECT_TRUE(names_in(folder_.path()).empty());
}

TEST_F(Download, TakesAnArchiveThatTheUserHas) {
  server_.write("cifar-10-binary.tar.gz", cifar_archive());
  const KnownDataSet known = small_cifar();
  get_dataset(known, {folder_ / "a", server_ / "cifar-10-binary.tar.gz"});
  get_dataset(known, {folder_ / "b", server_.path()});
  EXPECT_EQ(names_in(folder_ / "a/cifar10").size(), 6u);
  EXPECT_EQ(names_in(folder_ / "b/cifar10").size(), 6u);
}

TEST(Get, TakesUnpackedFilesAndVerifiesThem) {
  const TemporaryFolder folder;
  const TemporaryFolder source;
  write_mnist_gz(source);
  const KnownDataSet mnist = small_mnist();
  EXPECT_EQ(names_in(get_dataset(mnist, {folder.path(), source.path()}).folder).size(), 4u);
  EXPECT_EQ(names_in(source.path()).size(), 4u);

  const TemporaryFolder other;
  source.write("t10k-labels-idx1-ubyte.gz", test::gzipped(test::idx_labels(11)));
  expect_refused(mnist, {other.path(), source.path()},
                 {(source / "t10k-labels-idx1-ubyte.gz").string() + ": holds 11 labels"});
  fs::remove(source / "t10k-labels-idx1-ubyte.gz");
  expect_refused(mnist, {other.path(), source.path()},
                 {"holds no mnist (it lacks t10k-labels-idx1-ubyte)"});
  EXPECT_TRUE(names_in(other.path()).empty());
}

TEST(Get, TakesNoPartOfADataSetForTheWhole) {
  const TemporaryFolder folder;
  const TemporaryFolder source;
  write_mnist_gz(source);
  KnownDataSet mnist = small_mnist();
  mnist.train_images = 60000;
  expect_refused(
      mnist, {folder.path(), source.path()},
      {source.path().string() + ": is not the whole data set: mnist has 60000 training and 10 "
                                "validation images, but there are 20 and 10; bring"});
  mnist = small_mnist();
  mnist.image = {1, 28, 28};
  expect_refused(
      mnist, {folder.path(), source.path()},
      {"is not the whole data set: mnist has images of [1, 28, 28], but these are of [1, 3, 2]"});
  EXPECT_TRUE(names_in(folder.path()).empty());
}

TEST(Get, ReplacesAPartOrOtherImagesByTheWhole) {
  for (const auto& [count, height] : {std::pair{19u, 3u}, std::pair{20u, 4u}}) {
    const TemporaryFolder folder;
    const TemporaryFolder source;
    write_mnist_gz(source);
    folder.write("mnist/train-images-idx3-ubyte", test::idx_images(count, height, 2));
    folder.write("mnist/train-labels-idx1-ubyte", test::idx_labels(count));
    folder.write("mnist/t10k-images-idx3-ubyte", test::idx_images(10, height, 2));
    folder.write("mnist/t10k-labels-idx1-ubyte", test::idx_labels(10));
    EXPECT_FALSE(get_dataset(small_mnist(), {folder.path(), source.path()}).was_there);
    EXPECT_TRUE(get_dataset(small_mnist(), {folder.path(), source.path()}).was_there);
  }
}

TEST(Get, ReplacesWhatMemoryDoesNotHold) {
  if (test::kSanitized) {
    GTEST_SKIP() << "the sanitizers have a memory of their own";
  }
  const TemporaryFolder folder;
  const TemporaryFolder source;
  write_mnist_gz(source);
  test::write_mnist(folder, "mnist");
  const auto images =
      folder.write("mnist/train-images-idx3-ubyte", test::big_endian({0x803, 1 << 22, 32, 32}));
  std::filesystem::resize_file(images, 16 + (std::uint64_t{1} << 32));  // of holes
  const test::MemoryLimit limit(std::uint64_t{1} << 30);
  EXPECT_FALSE(get_dataset(small_mnist(), {folder.path(), source.path()}).was_there);
}

TEST(Get, OneAtATimeWorksInAFolder) {
  const TemporaryFolder folder;
  const TemporaryFolder source;
  write_mnist_gz(source);
  const auto on_its_way = folder.write("mnist/.partial/train-images-idx3-ubyte", {1});
  {
    const FolderLock other(folder / "mnist");
    expect_error<UsageError>(
        [&] {
          get_dataset(small_mnist(), {folder.path(), source.path()});
        },
        {"mnist: another process is at work in it"});
    EXPECT_TRUE(fs::exists(on_its_way));
  }
  const GetResult result = get_dataset(small_mnist(), {folder.path(), source.path()});
  EXPECT_EQ(names_in(result.folder).size(), 4u);  // what a killed run left is gone
}

TEST(Get, KeepsFilesOnTheirWayOnTheDiskOfTheirFolder) {
  const TemporaryFolder folder;
  const TemporaryFolder source;
  const TemporaryFolder elsewhere;
  write_mnist_gz(source);
  fs::create_directory_symlink(elsewhere.path(), folder / "mnist");
  bool is_inside = false;
  const Progress look = [&](const auto&, auto, auto) {
    is_inside = fs::exists(elsewhere / ".partial") && names_in(folder.path()).size() == 1;
    return true;
  };
  get_dataset(small_mnist(), {folder.path(), source.path(), look});
  EXPECT_TRUE(is_inside);
  EXPECT_EQ(names_in(elsewhere.path()).size(), 4u);
}

TEST(Get, StopsBetweenFilesAndLeavesNothing) {
  const TemporaryFolder folder;
  const TemporaryFolder source;
  write_mnist_gz(source);
  int files = 0;
  const Progress second = [&](const auto&, std::int64_t done, std::int64_t total) {
    EXPECT_EQ(done, total);
    return ++files < 2;
  };
  expect_error<Stopped>(
      [&] {
        get_dataset(small_mnist(), {folder / "new/place", source.path(), second});
      },
      {"train-labels-idx1-ubyte.gz"});
  EXPECT_EQ(files, 2);
  EXPECT_TRUE(names_in(folder.path()).empty());
}

TEST(Get, SaysWhyAFolderCannotBeLookedInto) {
  const TemporaryFolder folder;
  const TemporaryFolder source;
  fs::create_symlink("train-images-idx3-ubyte", source / "train-images-idx3-ubyte");
  expect_refused(small_mnist(), {folder.path(), source.path()},
                 {"holds no mnist (it cannot be looked into: Too many levels of symbolic links)"});
}

TEST(Get, TakesNoFolderNamedAfterAnotherDataSet) {
  const TemporaryFolder folder;
  const TemporaryFolder source;
  test::write_mnist(source, "fashion-mnist");
  source.write("links/x", {});
  fs::create_directory_symlink(source / "fashion-mnist", source / "links/mine");
  const WorkingFolder inside(source / "fashion-mnist");
  for (const fs::path& from : {fs::path("."), fs::path("../fashion-mnist/"),
                               fs::path("../links/mine"), source / "fashion-mnist"}) {
    SCOPED_TRACE(from);
    expect_refused(
        *find_known("mnist"), {folder.path(), from},
        {from.string() + ": the folder is named after another data set, fashion-mnist;"});
  }
  EXPECT_TRUE(names_in(folder.path()).empty());
  KnownDataSet fashion = *find_known("fashion-mnist");
  fashion.train_images = 20;
  fashion.validation_images = 10;
  EXPECT_EQ(names_in(get_dataset(fashion, {folder.path(), "."}).folder).size(), 4u);
}

TEST(Get, SaysWhenTheDestinationIsNoFolder) {
  const TemporaryFolder folder;
  const TemporaryFolder source;
  write_mnist_gz(source);
  const auto file = folder.write("file", {1});
  expect_unwritable(
      [&] {
        get_dataset(*find_known("mnist"), {file, source.path()});
      },
      {"cannot be made", "--data-dir"});
}

TEST(Get, WithoutDownloadingSaysSo) {
  if (can_download()) {
    GTEST_SKIP() << "built with INFOPLANE_DOWNLOAD=ON";
  }
  const TemporaryFolder folder;
  expect_refused(*find_known("mnist"), {folder.path(), {}},
                 {"this build cannot download", "--from"});
  const auto archive = folder.write("a.tar.gz", {1});
  expect_refused(*find_known("cifar10"), {folder.path(), archive},
                 {"this build cannot unpack archives"});
}

}  // namespace
}  // namespace infoplane
