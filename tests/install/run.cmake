# Installs BUILD below WORK, then configures, builds and runs CONSUMER against what was installed.
# cmake -DBUILD=... -DCONSUMER=... -DWORK=... -DVERSION=... -DOPTIONS=... -DPREFIXES=... -P run.cmake
file(REMOVE_RECURSE ${WORK})
string(REPLACE ";" ":" prefixes "${PREFIXES};$ENV{CMAKE_PREFIX_PATH}")
set(ENV{CMAKE_PREFIX_PATH} "${prefixes}")
list(APPEND OPTIONS -DCMAKE_PREFIX_PATH=${WORK}/prefix)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${code}:\n${output}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${WORK}/prefix/bin/infoplane --version)
foreach(file bash-completion/completions/infoplane zsh/site-functions/_infoplane
             man/man1/infoplane.1 man/man1/infoplane-bench-mi.1 doc/infoplane/LICENSE
             doc/infoplane/third-party-licences.txt doc/infoplane/d3-licence.txt doc/infoplane/docs/counting.md)
  if(NOT EXISTS ${WORK}/prefix/share/${file})
    message(FATAL_ERROR "share/${file} was not installed")
  endif()
endforeach()
if(EXISTS ${WORK}/prefix/include/infoplane/report/page)
  message(FATAL_ERROR "report/page, which has no headers, was installed")
endif()
run(${CMAKE_COMMAND} ${OPTIONS} -S ${CONSUMER} -B ${WORK}/build -DINFOPLANE_VERSION=${VERSION})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/one_room)
run(${WORK}/build/all_rooms ${WORK}/plane.svg)
# PKG_CONFIG_LIBDIR hides cairo.
run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR=${WORK}/none
    ${CMAKE_COMMAND} ${OPTIONS} -S ${CONSUMER}/../without -B ${WORK}/without)

# An installed package must not lead back into the tree it was built from.
file(GLOB package ${WORK}/prefix/*/cmake/infoplane/infoplane-*.cmake
                  ${WORK}/prefix/*/*/cmake/infoplane/infoplane-*.cmake)
if(NOT package)
  message(FATAL_ERROR "no package configuration below ${WORK}/prefix")
endif()
foreach(file ${package})
  file(READ ${file} text)
  foreach(leak ${BUILD} ${SOURCE} libcudnn.so libcairo.so)
    string(FIND "${text}" "${leak}" place)
    if(NOT place EQUAL -1)
      message(FATAL_ERROR "${file} names ${leak}")
    endif()
  endforeach()
endforeach()
file(REMOVE_RECURSE ${WORK})
