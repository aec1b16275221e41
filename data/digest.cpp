#include "data/digest.h"

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <cstdint>

#include "core/error.h"
#include "data/file.h"

namespace infoplane {

static_assert(std::endian::native == std::endian::little, "digests are of little-endian words");

namespace {

void require(int ok) {
  if (ok != 1) {
    throw Error("SHA-256 failed inside OpenSSL; check that its default provider is enabled");
  }
}

template <class T>
void update(Sha256& sum, const std::vector<T>& values) {
  sum.update(values.data(), values.size() * sizeof(T));
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr ? EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) : 0);
}

void Sha256::update(const void* data, std::size_t bytes) {
  require(EVP_DigestUpdate(context_.get(), data, bytes));
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::string sha256_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  Sha256 sum;
  sum.update(file.bytes().data(), file.bytes().size());
  return sum.finish();
}

std::string sha256_of(const DataSet& set) {
  Sha256 sum;
  for (const Split* split : {&set.train, &set.validation}) {
    sum.update(set.image.to_string() + " " + std::to_string(split->size()) +
               (split->values.empty() ? " u8\n" : " f32\n"));
    update(sum, split->pixels);
    update(sum, split->values);
    update(sum, split->labels);
  }
  return sum.finish();
}

}  // namespace infoplane
