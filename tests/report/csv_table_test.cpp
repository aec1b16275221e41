#include "report/csv_table.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/support/bytes.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace infoplane {
namespace {

class CsvTableTest : public testing::Test {
 protected:
  CsvTable read(const std::string& text) const {
    return CsvTable(folder_.write("table.csv", test::text_bytes(text)));
  }
  void expect_refused(const std::string& text, const std::string& part) const {
    try {
      const CsvTable table = read(text);
      table.number(0, "b");
      FAIL() << "taken: " << text;
    } catch (const DataError& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }

  test::TemporaryFolder folder_;
};

TEST_F(CsvTableTest, FindsColumnsByName) {
  const CsvTable table = read("b, name ,a\n1.5,first,2\n\n-3e2,second,\r\n");
  ASSERT_EQ(table.rows(), 2u);
  EXPECT_EQ(table.number(0, "b"), 1.5);
  EXPECT_EQ(table.integer(0, "a"), 2);
  EXPECT_EQ(table.text(1, "name"), "second");
  EXPECT_EQ(table.number(1, "b"), -300.0);
  EXPECT_EQ(table.text(1, "a"), "");
  EXPECT_TRUE(table.has("a"));
  EXPECT_FALSE(table.has("c"));
}

TEST_F(CsvTableTest, TakesWhatSpreadsheetsWrite) {
  const CsvTable table = read("\xef\xbb\xbfi_xt_bits,\"a\"\r\n\"1.5\",\"\"\r\n");
  EXPECT_EQ(table.number(0, "i_xt_bits"), 1.5);
  EXPECT_EQ(table.text(0, "a"), "");
}

TEST_F(CsvTableTest, LeavesOutATornLastLineAndSaysSo) {
  for (const char* torn : {"a,b\n1,2\n3", "a,b\n1,2\n3,"}) {
    const CsvTable table = read(torn);
    EXPECT_EQ(table.rows(), 1u);
    EXPECT_NE(table.warning().find("table.csv:3: the last line is torn"), std::string::npos);
  }
  EXPECT_EQ(read("a,b\n1,2\n3,4").rows(), 2u);
  EXPECT_EQ(read("a,b\n1,2\n3,4").warning(), "");
  EXPECT_EQ(read("a,b\n1,2\n").warning(), "");
}

TEST_F(CsvTableTest, OfWhatAlwaysHasAnEndTheLastLineWithoutOneIsTorn) {
  const auto own = [&](const char* text) {
    return CsvTable(folder_.write("own.csv", test::text_bytes(text)), CsvTable::LastLine::kHasEnd);
  };
  const CsvTable torn = own("a,b\n1,2\n3,0.7");  // of 0.745
  EXPECT_EQ(torn.rows(), 1u);
  EXPECT_NE(torn.warning().find("own.csv:3: the last line is torn"), std::string::npos);
  EXPECT_EQ(own("a,b\n1,2\n3,0.745\n").rows(), 2u);
}

TEST_F(CsvTableTest, WholeNumbersAreWhole) {
  const CsvTable table = read("a\n-7\n1e3\n0.5\nnan\ninf\n1e300\n");
  EXPECT_EQ(table.integer(0, "a"), -7);
  EXPECT_EQ(table.integer(1, "a"), 1000);
  for (std::size_t row = 2; row < table.rows(); ++row) {
    test::expect_error<DataError>([&] { table.integer(row, "a"); },
                                  {":" + std::to_string(row + 2) + ": a is", "whole number"});
  }
}

TEST_F(CsvTableTest, SaysWhatIsWrongAndWhere) {
  expect_refused("a,b\n1,x\n", "table.csv:2: b is 'x', expected a number");
  expect_refused("a,b\n1,\n", "table.csv:2: b is ''");
  expect_refused("a,c\n1,2\n", "no column 'b'");
  expect_refused("a,b\n1,2\n1,2,3\n", "table.csv:3: 3 cells, the header has 2");
  expect_refused("a,b\n1\n1,2\n", "table.csv:2: 1 cells, the header has 2");
  expect_refused("", "cannot be read");
  expect_refused(std::string("a,b\n1,2\0003\n", 9), "b is '2\\x003'");  // not 2
  test::expect_error<DataError>([] { CsvTable("/no/such.csv"); },
                                {"/no/such.csv", "no such file or folder"});
}

}  // namespace
}  // namespace infoplane
