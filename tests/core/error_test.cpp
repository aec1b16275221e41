#include "core/error.h"

#include <gtest/gtest.h>

namespace infoplane {
namespace {

TEST(Error, IsOneLineWhateverItQuotes) {
  const DataError error(std::string("f.csv:2: '\n\t\x1b[31m\x7f\0' is \xc3\xa4", 26));
  EXPECT_STREQ(error.what(), "f.csv:2: '\\n\\t\\x1b[31m\\x7f\\x00' is \xc3\xa4");
}

}  // namespace
}  // namespace infoplane
