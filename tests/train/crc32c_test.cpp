#include "train/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace infoplane::test {
namespace {

// RFC 3720, appendix B.4, and the check value of the polynomial's catalogue entry.
TEST(Crc32c, HasItsPublishedValues) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string ascending;
  for (char byte = 0; byte < 32; ++byte) {
    ascending += byte;
  }
  EXPECT_EQ(crc32c(ascending), 0x46dd794eu);
  EXPECT_EQ(crc32c(std::string(ascending.rbegin(), ascending.rend())), 0x113fdb5cu);
}

}  // namespace
}  // namespace infoplane::test
