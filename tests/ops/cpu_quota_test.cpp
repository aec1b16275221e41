#include "cpu/cpu_quota.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace infoplane::test {
namespace {

class CpuQuota : public testing::Test {
 protected:
  void limit(const std::string& group, const std::string& cpu_max) const {
    std::filesystem::create_directories(folder_ / group);
    std::ofstream(folder_ / group / "cpu.max") << cpu_max << '\n';
  }
  int of(int most, const std::string& own) const {
    return cpu::processors_of_quota(most, own, folder_.path());
  }
  TemporaryFolder folder_;
};

TEST_F(CpuQuota, LimitsAContainerThatSeesItsOwnGroupAsTheRoot) {
  EXPECT_EQ(of(64, "0::/\n"), 64);
  limit("", "200000 100000");
  EXPECT_EQ(of(64, "0::/\n"), 2);
  EXPECT_EQ(of(1, "0::/\n"), 1);
  limit("", "250000 100000");
  EXPECT_EQ(of(64, "0::/\n"), 3);
  limit("", "10000 100000");
  EXPECT_EQ(of(64, "0::/\n"), 1);
}

TEST_F(CpuQuota, IsTheLeastOfTheGroupsAbove) {
  limit("slice", "400000 100000");
  limit("slice/service", "max 100000");
  EXPECT_EQ(of(64, "0::/slice/service\n"), 4);
  limit("slice/service", "150000 50000");
  EXPECT_EQ(of(64, "12:cpu:/other\n0::/slice/service\n"), 3);
  EXPECT_EQ(of(64, "0::/\n"), 64);
  EXPECT_EQ(of(64, ""), 64);
}

TEST_F(CpuQuota, WhatCannotBeReadLimitsNothing) {
  limit("", "many");
  EXPECT_EQ(of(8, "0::/\n"), 8);
  limit("", "-1 0");
  EXPECT_EQ(of(8, "0::/\n"), 8);
  EXPECT_GE(cpu::processors_of_quota(8), 1);
}

}  // namespace
}  // namespace infoplane::test
