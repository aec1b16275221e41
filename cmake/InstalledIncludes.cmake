# Run by `cmake --install`, once the headers are there: "room/x.h" in them becomes
# <infoplane/room/x.h>, which no header of whoever includes them can be taken for.
cmake_path(ABSOLUTE_PATH INFOPLANE_HEADERS BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX})
file(GLOB headers "$ENV{DESTDIR}${INFOPLANE_HEADERS}/*/*.h")
foreach(header IN LISTS headers)
  file(READ "${header}" text)
  string(REGEX REPLACE "#include \"([a-z]+/[a-z0-9_]+[.]h)\"" "#include <infoplane/\\1>" text "${text}")
  file(WRITE "${header}" "${text}")
endforeach()
