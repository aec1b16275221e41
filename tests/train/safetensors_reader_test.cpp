// The safetensors package of Python reads a checkpoint as it was written.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/temporary_folder.h"
#include "train/checkpoint.h"

namespace infoplane::test {
namespace {

using nlohmann::json;

TEST(SafeTensorsReader, FindsWhatACheckpointHolds) {
  const TemporaryFolder folder;
  Checkpoint checkpoint;
  checkpoint.position.steps = 1414;
  checkpoint.loss_sum = 2.5;
  checkpoint.tensors = {{"dense.weight", {2, 3}, {1, -2, 3, 4, 0.5f, 6}},
                        {"conv.kernel", {1, 2, 1, 2}, {7, 8, 9, 1e-3f}},
                        {"norm.mean", {2}, {0, 1e30f}}};
  write_checkpoint(folder / "c.safetensors", checkpoint);

  // INFOPLANE_PYTHON: an interpreter that has safetensors and NumPy.
  const char* python = std::getenv("INFOPLANE_PYTHON");
  const std::string result = (folder / "read.json").string();
  const int status = std::system((std::string(python != nullptr ? python : "python3") + " " +
                                  "'" INFOPLANE_TESTS "/train/safetensors_reader.py' '" +
                                  (folder / "c.safetensors").string() + "' >'" + result + "' 2>&1")
                                     .c_str());
  if (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127) {
    GTEST_SKIP() << "Python's safetensors is not installed (INFOPLANE_PYTHON names an interpreter)";
  }
  std::ifstream stream(result);
  const json found = json::parse(stream, nullptr, false);
  ASSERT_EQ(status, 0) << found.dump();
  EXPECT_EQ(found["metadata"]["format"], "infoplane checkpoint 1");
  EXPECT_EQ(found["metadata"]["steps"], "1414");
  EXPECT_EQ(found["metadata"]["loss_sum"], "2.5");
  ASSERT_EQ(found["tensors"].size(), checkpoint.tensors.size());
  for (const NamedTensor& tensor : checkpoint.tensors) {
    std::vector<std::int64_t> shape;
    for (int axis = 0; axis < tensor.shape.rank(); ++axis) {
      shape.push_back(tensor.shape[axis]);
    }
    EXPECT_EQ(found["tensors"][tensor.name], (json{"float32", shape, tensor.values}))
        << tensor.name;
  }
}

}  // namespace
}  // namespace infoplane::test
