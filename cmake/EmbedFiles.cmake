# infoplane_embed_files(TARGET HEADER FILES...): compiles the files into TARGET, where embedded_file
# of HEADER finds them by their names. As a script, cmake -DOUT=... -DHEADER=... -DFILES=... -P, it
# writes the source that does so; a file that changes is compiled in again.
if(CMAKE_SCRIPT_MODE_FILE)
  set(arrays "")
  set(entries "")
  set(index 0)
  foreach(file IN LISTS FILES)
    file(READ "${file}" bytes HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
    get_filename_component(name "${file}" NAME)
    string(APPEND arrays "constexpr char kFile${index}[] = {${bytes}'\\0'};\n")
    string(APPEND entries "    {\"${name}\", {kFile${index}, sizeof kFile${index} - 1}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(WRITE "${OUT}" "// Written by cmake/EmbedFiles.cmake.
#include \"${HEADER}\"

#include <string>

#include \"core/error.h\"

namespace infoplane {
namespace {

${arrays}
struct File {
  std::string_view name, bytes;
};
constexpr File kFiles[] = {
${entries}};

}  // namespace

std::string_view embedded_file(std::string_view name) {
  for (const File& file : kFiles) {
    if (file.name == name) {
      return file.bytes;
    }
  }
  throw Error(\"no file '\" + std::string(name) + \"' is compiled in\");
}

}  // namespace infoplane
")
  return()
endif()

set(INFOPLANE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(infoplane_embed_files target header)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_files.cpp)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DOUT=${source} -DHEADER=${header} "-DFILES=${ARGN}"
            -P ${INFOPLANE_EMBED_SCRIPT}
    DEPENDS ${ARGN} ${INFOPLANE_EMBED_SCRIPT}
    COMMENT "Embedding the report's page" VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()
