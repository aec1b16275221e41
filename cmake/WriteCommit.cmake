# cmake -DSOURCE=... -DCOMMIT=... -DOUT=... -P WriteCommit.cmake: writes the source that defines kCommit
# of core/version.h, unless it says so already. A repository that only surrounds the sources has
# commits of something else.
execute_process(COMMAND git rev-parse --show-cdup WORKING_DIRECTORY ${SOURCE}
                RESULT_VARIABLE no_checkout OUTPUT_VARIABLE way_up
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(no_checkout EQUAL 0 AND way_up STREQUAL "")
  execute_process(COMMAND git describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${SOURCE}
                  OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT COMMIT)
  set(COMMIT unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#include \"core/version.h\"

const char* const infoplane::kCommit = \"${COMMIT}\";
")
