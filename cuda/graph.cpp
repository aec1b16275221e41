#include "cuda/graph.h"

#include <utility>

#include "core/error.h"
#include "cuda/check.h"
#include "cuda/handles.h"

namespace infoplane::cuda {
namespace {

/// A stream that notes what is enqueued instead of running it. Destroyed before end(), as by an
/// error on the way, it gives the stream back and forgets what it noted.
class Capture {
 public:
  explicit Capture(cudaStream_t stream) : stream_(stream) {
    // Of this thread alone: others may go on using the device. A call that would wait or allocate
    // fails here and invalidates the capture.
    INFOPLANE_CUDA_CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() {
    if (!ended_) {
      cudaGraph_t graph = nullptr;
      cudaStreamEndCapture(stream_, &graph);
      const Graph forgotten(graph);
      cudaGetLastError();  // an invalidated capture's own
    }
  }

  Graph end() {
    ended_ = true;
    cudaGraph_t graph = nullptr;
    const cudaError_t status = cudaStreamEndCapture(stream_, &graph);
    Graph owned(graph);
    check(status, "cudaStreamEndCapture");
    return owned;
  }

 private:
  cudaStream_t stream_;
  bool ended_ = false;
};

class GraphRecording final : public Recording {
 public:
  GraphRecording(cudaStream_t stream, GraphExec graph)
      : stream_(stream), graph_(std::move(graph)) {}

  void replay() override {
    try {
      INFOPLANE_CUDA_CHECK(cudaGraphLaunch(graph_.get(), stream_));
    } catch (const DeviceError& error) {
      throw NotRecorded(error.what());
    }
  }

 private:
  cudaStream_t stream_;
  GraphExec graph_;
};

}  // namespace

std::unique_ptr<Recording> record_graph(cudaStream_t stream, const std::function<void()>& work) {
  try {
    Capture capture(stream);
    work();
    const Graph graph = capture.end();
    cudaGraphExec_t raw = nullptr;
    INFOPLANE_CUDA_CHECK(cudaGraphInstantiate(&raw, graph.get(), 0));
    GraphExec executable(raw);
    INFOPLANE_CUDA_CHECK(cudaGraphUpload(raw, stream));  // what it needs of the GPU, now or never
    return std::make_unique<GraphRecording>(stream, std::move(executable));
  } catch (const DeviceError& error) {
    throw NotRecorded(error.what());
  }
}

}  // namespace infoplane::cuda
