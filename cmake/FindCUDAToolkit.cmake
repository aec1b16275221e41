# CMake's own module, which in version 3.25.1, that of Debian 12, marks CUDA::nvToolsExt as deprecated
# without looking whether there is one. CUDA 12 and later have none, so there it stops with an error.
if(NOT TARGET CUDA::nvToolsExt)
  add_library(CUDA::nvToolsExt INTERFACE IMPORTED)
endif()
include(${CMAKE_ROOT}/Modules/FindCUDAToolkit.cmake)
