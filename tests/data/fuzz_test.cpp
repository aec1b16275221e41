// Damaged files either load or throw DataError: bits flipped, bytes cut, everywhere in the header
// and here and there in the rest. Sanitizers make this test sharper.
#include <functional>

#include "core/rng.h"
#include "data/arrays.h"
#include "data/cifar.h"
#include "data/idx.h"
#include "data/image_file.h"
#include "data/mat.h"
#include "data/npy.h"
#include "tests/data/encoded_images.h"
#include "tests/data/files.h"

namespace infoplane {
namespace {

using test::Bytes;
using test::TemporaryFolder;
using test::operator+;

/// Reads damaged copies of `good`, which must load itself.
void fuzz(const std::string& name, const Bytes& good,
          const std::function<void(const std::filesystem::path&)>& read) {
  const TemporaryFolder folder;
  const RandomStream random{2024, kTestStream};
  std::uint64_t drawn = 0;
  const auto draw = [&](std::size_t n) { return random.word(drawn++) % n; };
  int loaded = 0;
  int rejected = 0;
  const auto attempt = [&](const Bytes& bytes) {
    try {
      read(folder.write(name, bytes));
      ++loaded;
    } catch (const DataError& error) {
      ++rejected;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  };
  attempt(good);
  EXPECT_EQ(loaded, 1) << name << " does not load undamaged";
  const std::size_t header = std::min<std::size_t>(good.size(), 160);
  for (std::size_t byte = 0; byte < header; ++byte) {
    for (const unsigned mask : {0x01u, 0x80u, 0xFFu}) {
      Bytes bytes = good;
      bytes[byte] = static_cast<std::uint8_t>(bytes[byte] ^ mask);
      attempt(bytes);
    }
    attempt(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(byte)));
  }
  for (int round = 0; round < 300; ++round) {
    Bytes bytes = good;
    for (std::size_t flips = 1 + draw(4); flips > 0; --flips) {
      bytes[draw(bytes.size())] ^= static_cast<std::uint8_t>(1u << draw(8));
    }
    if (draw(3) == 0) {
      bytes.resize(draw(bytes.size()));
    }
    attempt(bytes);
  }
  // At the least, every cut inside the header was noticed.
  EXPECT_GE(rejected, static_cast<int>(header)) << name;
}

TEST(Fuzz, Idx) {
  const TemporaryFolder folder;
  const auto labels = folder.write("labels", test::idx_labels(20));
  const auto images = folder.write("images", test::idx_images(20));
  for (const bool gz : {false, true}) {
    const auto pack = [gz](const Bytes& bytes) { return gz ? test::gzipped(bytes) : bytes; };
    fuzz("images", pack(test::idx_images(20)), [&](const auto& file) {
      Shape image;
      read_idx_split(file, labels, 10, image);
    });
    fuzz("labels", pack(test::idx_labels(20)), [&](const auto& file) {
      Shape image;
      read_idx_split(images, file, 10, image);
    });
  }
}

TEST(Fuzz, GzipChecksumCatchesDamage) {
  // Behind the gzip header only the last padding bits of the deflate stream carry no meaning.
  const Bytes plain = test::idx_images(20);
  const Bytes good = test::gzipped(plain);
  const TemporaryFolder folder;
  const auto labels = folder.write("labels", test::idx_labels(20));
  int thrown = 0;
  for (std::size_t byte = 10; byte < good.size(); ++byte) {
    Bytes bytes = good;
    bytes[byte] ^= 0x10;
    Shape image;
    try {
      const Split split = read_idx_split(folder.write("images", bytes), labels, 10, image);
      EXPECT_EQ(split.pixels, Bytes(plain.begin() + 16, plain.end())) << byte;
    } catch (const DataError&) {
      ++thrown;
    }
  }
  EXPECT_GE(thrown, static_cast<int>(good.size()) - 11);
}

TEST(Fuzz, Cifar) {
  fuzz("batch.bin", test::cifar_records(2, 10),
       [](const auto& file) { read_cifar_split({file}, CifarFormat::kCifar10); });
}

TEST(Fuzz, Npy) {
  const auto read = [](const auto& file) {
    const NpyArray array(file);
    array.to_vector<double>();
    array.view<float>();
    if (array.is_integer()) {
      array.to_vector<std::uint8_t>();
    }
  };
  fuzz("a.npy", test::npy("<f4", "(3, 4, 2)", Bytes(96, 1)), read);
  fuzz("a.npy", test::npy(">f8", "(3, 4)", Bytes(96, 1), true), read);
  fuzz("a.npy", test::npy("<i8", "(12,)", Bytes(96, 0)), read);
}

TEST(Fuzz, Mat) {
  const Bytes body = test::raw<std::uint32_t>({6, 8, 0x0209, 0}) +
                     test::raw<std::uint32_t>({5, 8, 2, 4}) +
                     test::raw<std::uint32_t>({1u << 16 | 1, 'x'}) +
                     test::raw<std::uint32_t>({2, 8, 0x01010101, 0x01010101});
  const Bytes variable =
      test::raw<std::uint32_t>({14, static_cast<std::uint32_t>(body.size())}) + body;
  const Bytes packed = test::compressed(variable, 15);
  const Bytes header = Bytes(124, ' ') + Bytes{0, 1, 'I', 'M'};
  const auto read = [](const auto& file) { read_mat(file, {"x"}); };
  fuzz("plain.mat", header + variable, read);
  fuzz("packed.mat",
       header + test::raw<std::uint32_t>({15, static_cast<std::uint32_t>(packed.size())}) + packed,
       read);
}

TEST(Fuzz, Images) {
  Bytes rgb;
  for (std::size_t i = 0; i < 3 * 20 * 16; ++i) {
    rgb.push_back(static_cast<std::uint8_t>(i * i / 7));
  }
  auto images = test::encoded_images(rgb, 20, 16);
  images["x.ppm"] = test::text_bytes("P6 20 16 255\n") + rgb;
  for (const auto& [name, bytes] : images) {
    fuzz(name, bytes, [](const auto& file) {
      std::uint8_t pixels[3 * 8 * 8];
      read_image(file, {3, 8, 8}, pixels);
    });
  }
}

}  // namespace
}  // namespace infoplane
