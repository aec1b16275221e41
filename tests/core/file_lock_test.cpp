#include "core/file_lock.h"

#include <gtest/gtest.h>

#include <utility>

#include "core/error.h"
#include "tests/support/temporary_folder.h"

namespace infoplane {
namespace {

TEST(FolderLock, AFolderHasOneHolder) {
  const test::TemporaryFolder folder;
  {
    FolderLock held(folder.path());
    EXPECT_THROW(FolderLock{folder.path()}, UsageError);
    const FolderLock handed_on = std::move(held);
    EXPECT_THROW(FolderLock{folder.path()}, UsageError);
  }
  const FolderLock again(folder.path());
  EXPECT_THROW(FolderLock{folder / "none"}, Error);
}

}  // namespace
}  // namespace infoplane
