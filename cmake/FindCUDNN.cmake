# cuDNN, which has no CMake package of its own: CUDNN_FOUND, CUDNN_VERSION and the target
# CUDNN::cudnn. Looks beside the CUDA toolkit, in $CUDNN_PATH and where the compiler looks.
find_path(CUDNN_INCLUDE_DIR cudnn.h HINTS ${CUDAToolkit_INCLUDE_DIRS} ENV CUDNN_PATH
          PATH_SUFFIXES include)
find_library(CUDNN_LIBRARY NAMES cudnn libcudnn.so.9 HINTS ${CUDAToolkit_LIBRARY_DIR} ENV CUDNN_PATH
             PATH_SUFFIXES lib lib64)
set(CUDNN_VERSION "")
foreach(part MAJOR MINOR PATCHLEVEL)
  # Before version 8 cudnn.h itself had these.
  foreach(header cudnn_version.h cudnn.h)
    if(EXISTS "${CUDNN_INCLUDE_DIR}/${header}")
      file(STRINGS "${CUDNN_INCLUDE_DIR}/${header}" line REGEX "^#define CUDNN_${part} +[0-9]+")
      if(line MATCHES " ([0-9]+)")
        list(APPEND CUDNN_VERSION ${CMAKE_MATCH_1})
      endif()
    endif()
  endforeach()
endforeach()
list(JOIN CUDNN_VERSION "." CUDNN_VERSION)
mark_as_advanced(CUDNN_INCLUDE_DIR CUDNN_LIBRARY)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CUDNN VERSION_VAR CUDNN_VERSION
                                  REQUIRED_VARS CUDNN_LIBRARY CUDNN_INCLUDE_DIR CUDNN_VERSION)
if(CUDNN_FOUND AND NOT TARGET CUDNN::cudnn)
  add_library(CUDNN::cudnn UNKNOWN IMPORTED)
  set_target_properties(CUDNN::cudnn PROPERTIES
    IMPORTED_LOCATION ${CUDNN_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${CUDNN_INCLUDE_DIR})
endif()
