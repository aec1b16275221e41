# Decides whether the CUDA device is built: sets INFOPLANE_WITH_CUDA and says what it found.
set(INFOPLANE_WITH_CUDA OFF)
if(NOT INFOPLANE_CUDA STREQUAL "OFF")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      # Ampere and Hopper code, and PTX for whatever comes after.
      set(CMAKE_CUDA_ARCHITECTURES "80-real;90" CACHE STRING "CUDA architectures")
    endif()
    enable_language(CUDA)
    # CMake 3.25 does not know that nvcc 12 and later speak C++20; later versions say so themselves.
    if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
    endif()
    find_package(CUDAToolkit QUIET)
    find_package(CUDNN QUIET)
  endif()
  if(CUDAToolkit_FOUND AND CUDNN_FOUND)
    set(INFOPLANE_WITH_CUDA ON)
    message(STATUS "infoplane: CUDA ${CUDAToolkit_VERSION} with cuDNN at ${CUDNN_LIBRARY}, "
                   "for ${CMAKE_CUDA_ARCHITECTURES}")
  elseif(INFOPLANE_CUDA STREQUAL "ON")
    message(FATAL_ERROR "INFOPLANE_CUDA=ON, but nvcc, the CUDA toolkit or cuDNN was not found "
                        "(nvcc: ${CMAKE_CUDA_COMPILER}, cudnn.h: ${CUDNN_INCLUDE_DIR}, "
                        "libcudnn: ${CUDNN_LIBRARY}); install them or use OFF")
  else()
    message(STATUS "infoplane: no CUDA toolkit with cuDNN found, building for the CPU alone")
  endif()
else()
  message(STATUS "infoplane: CUDA is off, building for the CPU alone")
endif()
