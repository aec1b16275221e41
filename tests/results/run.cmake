# Makes the tables of RESULTS anew, of the runs that are packed there, and compares.
# cmake -DPROGRAM=... -DRESULTS=... -DWORK=... -DARGUMENTS=... -P run.cmake
file(REMOVE_RECURSE ${WORK})
file(ARCHIVE_EXTRACT INPUT ${RESULTS}/runs.tar.xz DESTINATION ${WORK})
execute_process(COMMAND ${PROGRAM} reproduce ${ARGUMENTS} --device cpu --no-training --quiet --out ${WORK}/runs
                RESULT_VARIABLE code ERROR_VARIABLE output)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "infoplane reproduce ended with ${code}:\n${output}")
endif()
foreach(file cells.csv claims.csv)
  execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${WORK}/runs/results/${file}
                          ${RESULTS}/${file} RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${WORK}/runs/results/${file} differs from what docs/results has; if the "
                        "program is right, commit what it makes (docs/results/README.md)")
  endif()
endforeach()
