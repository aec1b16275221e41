# `cmake --install`: the program, one static library a room, the rooms' headers, the documentation, and
# a package:
#
#   find_package(infoplane REQUIRED)
#   target_link_libraries(app PRIVATE infoplane::ops)        # one room, and what it stands on
#   target_link_libraries(app PRIVATE infoplane::infoplane)  # all of them
#
# find_package's COMPONENTS are the rooms.
get_property(rooms GLOBAL PROPERTY INFOPLANE_ROOMS)
list(TRANSFORM rooms REPLACE "^infoplane_" "infoplane::" OUTPUT_VARIABLE room_aliases)
add_library(infoplane_all INTERFACE)
add_library(infoplane::infoplane ALIAS infoplane_all)
set_target_properties(infoplane_all PROPERTIES EXPORT_NAME infoplane)
target_link_libraries(infoplane_all INTERFACE ${room_aliases})
if(NOT INFOPLANE_INSTALL)
  return()
endif()

include(CMakePackageConfigHelpers)
set(INFOPLANE_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/infoplane)
# Libraries outside the system's folders, as cuDNN may be, are found by the installed program, too.
set_target_properties(infoplane PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS infoplane RUNTIME)
install(FILES ${PROJECT_BINARY_DIR}/shell/infoplane
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${PROJECT_BINARY_DIR}/shell/_infoplane
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(DIRECTORY ${PROJECT_BINARY_DIR}/shell/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
# All of docs/, which the manual pages and README.md name; and the licences of what is compiled in,
# and of the D3 in each report.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
              ${PROJECT_SOURCE_DIR}/CONTRIBUTING.md ${PROJECT_SOURCE_DIR}/third-party-licences.txt
              ${PROJECT_SOURCE_DIR}/report/page/d3-licence.txt
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(TARGETS ${rooms} infoplane_all EXPORT infoplane ARCHIVE)
install(EXPORT infoplane NAMESPACE infoplane:: FILE infoplane-targets.cmake
        DESTINATION ${INFOPLANE_PACKAGE_DIR})

# Headers are included as <infoplane/ops/context.h>, also by each other. The two devices are reached
# through ops/: their headers stay inside.
foreach(room core ops data nn analysis train report paper)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/infoplane
          FILES_MATCHING PATTERN "*.h" PATTERN page EXCLUDE)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/generated/core/version.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/infoplane/core)
install(CODE "set(INFOPLANE_HEADERS \"${CMAKE_INSTALL_INCLUDEDIR}/infoplane\")")
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/InstalledIncludes.cmake)

get_property(finds GLOBAL PROPERTY INFOPLANE_FINDS)
list(REMOVE_DUPLICATES finds)
list(JOIN finds "\n" INFOPLANE_FINDS)
configure_file(${PROJECT_SOURCE_DIR}/cmake/infoplane-dependencies.cmake.in
               ${PROJECT_BINARY_DIR}/infoplane-dependencies.cmake @ONLY)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/infoplane-config.cmake.in
  ${PROJECT_BINARY_DIR}/infoplane-config.cmake INSTALL_DESTINATION ${INFOPLANE_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/infoplane-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/infoplane-config.cmake
              ${PROJECT_BINARY_DIR}/infoplane-config-version.cmake
              ${PROJECT_BINARY_DIR}/infoplane-dependencies.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindCUDAToolkit.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindCUDNN.cmake
        DESTINATION ${INFOPLANE_PACKAGE_DIR})
