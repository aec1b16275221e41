# What every target of the project shares: the standard, the warnings, the sanitizers.
include(GNUInstallDirs)

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(INFOPLANE_CCACHE ccache)
if(INFOPLANE_CCACHE)
  # By default ccache compiles anew whatever has a precompiled header, or lies in another folder, as a
  # second clone does.
  set(ccache ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
             CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${INFOPLANE_CCACHE})
  if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache})
  endif()
  # CMake reads the environment's when it enables CUDA, which comes later.
  if(NOT DEFINED CMAKE_CUDA_COMPILER_LAUNCHER AND NOT DEFINED ENV{CMAKE_CUDA_COMPILER_LAUNCHER})
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${ccache})
  endif()
endif()

add_library(infoplane_options INTERFACE)
target_compile_options(infoplane_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wshadow;-Wconversion;-Wno-sign-conversion;-ffp-contract=off>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 reports "text" + std::string as an overlapping copy (its bug 105651).
  target_compile_options(infoplane_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC collects its garbage from 512 MiB on, not from 128: a fifteenth less to compile. The other
  # option makes precompiled headers known to ccache.
  target_compile_options(infoplane_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:--param=ggc-min-heapsize=524288;-fpch-preprocess>)
endif()
if(INFOPLANE_WERROR)
  target_compile_options(infoplane_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()
if(INFOPLANE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "INFOPLANE_FUZZ needs clang, which brings libFuzzer; this is "
                        "${CMAKE_CXX_COMPILER_ID}. Give -DCMAKE_CXX_COMPILER=clang++-14 in a new folder")
  endif()
  set(INFOPLANE_SANITIZE fuzzer-no-link,address,undefined)
  # toml++ from its headers, so that its parser is instrumented, too; without its assertions, as its
  # library is built: one of them fails for "[#", which the parser then refuses.
  find_package(tomlplusplus REQUIRED)
  set_target_properties(tomlplusplus::tomlplusplus PROPERTIES INTERFACE_COMPILE_OPTIONS
                        "-DTOML_HEADER_ONLY=1;-DTOML_ASSERT(expr)=static_assert(true)")
endif()
if(INFOPLANE_SANITIZE)
  # At fixed addresses: a position-independent program has millions of the sanitizers' pointers to
  # relocate each time it starts, and the tests start hundreds.
  set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(infoplane_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${INFOPLANE_SANITIZE};-fno-omit-frame-pointer;-fno-sanitize-recover=all;-fno-pie>)
  target_link_options(infoplane_options INTERFACE -fsanitize=${INFOPLANE_SANITIZE} -no-pie)
endif()

# What reads, writes and decides, but never loops over images: with the tests two thirds of the time
# to compile, and none of that to run.
add_library(infoplane_glue INTERFACE)
if(INFOPLANE_SANITIZE)
  target_compile_options(infoplane_glue INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-O0>)
else()
  target_compile_options(infoplane_glue INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-O1>)
endif()

# What a room links must be found again by whoever uses the installed package, so rooms find it
# through these three: they call find_package and pkg_check_modules, and note the call for the package
# configuration (cmake/InfoplaneInstall.cmake). infoplane_find(NAME [...]) takes find_package's
# arguments; infoplane_find_major(NAME) holds whoever links the libraries to the major version that
# they were compiled for; infoplane_find_pkg_config(NAME) makes the target PkgConfig::NAME.
macro(infoplane_find)
  find_package(${ARGN} REQUIRED)
  string(REPLACE ";" " " arguments "${ARGN}")
  set_property(GLOBAL APPEND PROPERTY INFOPLANE_FINDS "find_dependency(${arguments})")
endmacro()
macro(infoplane_find_major name)
  find_package(${name} REQUIRED)
  math(EXPR next_major "${${name}_VERSION_MAJOR} + 1")
  infoplane_find(${name} ${${name}_VERSION_MAJOR}...<${next_major})
endmacro()
macro(infoplane_find_pkg_config name)
  infoplane_find(PkgConfig)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${name})
  set_property(GLOBAL APPEND PROPERTY INFOPLANE_FINDS
"pkg_check_modules(${name} QUIET IMPORTED_TARGET ${name})
if(NOT ${name}_FOUND)
  set(infoplane_NOT_FOUND_MESSAGE \"infoplane needs ${name}, which pkg-config does not find\")
  set(infoplane_FOUND FALSE)
  return()
endif()")
endmacro()

# infoplane_room(NAME [GLUE] [DEPENDS ...] [PRIVATE ...]): one folder, one static library, all of
# its sources. DEPENDS are the rooms (or libraries) its headers need, PRIVATE what only its sources
# do; GLUE compiles it for a quick build.
function(infoplane_room name)
  cmake_parse_arguments(ROOM "GLUE" "" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(infoplane_${name} STATIC ${sources})
  add_library(infoplane::${name} ALIAS infoplane_${name})
  set_target_properties(infoplane_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(infoplane_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(infoplane_${name} PUBLIC cxx_std_20)
  target_link_libraries(infoplane_${name} PUBLIC ${ROOM_DEPENDS}
                        PRIVATE $<BUILD_INTERFACE:infoplane_options> ${ROOM_PRIVATE})
  # Each source by itself, which finds includes that are missing and shows that the header it begins
  # with compiles alone; in groups (CMAKE_UNITY_BUILD) only under the sanitizers.
  if(NOT INFOPLANE_SANITIZE)
    set_target_properties(infoplane_${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  if(ROOM_GLUE)
    target_link_libraries(infoplane_${name} PRIVATE $<BUILD_INTERFACE:infoplane_glue>)
  endif()
  set_property(GLOBAL APPEND PROPERTY INFOPLANE_ROOMS infoplane_${name})
endfunction()
