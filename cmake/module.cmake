# assayd_module(NAME SOURCES … [LINK …] [PRIVATE_LINK …]): one static library per folder, its headers
# included as "folder/file.h". The allowed directions are checked by tests/style.
function(assayd_module name)
  cmake_parse_arguments(M "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(assayd_${name} STATIC ${M_SOURCES})
  target_include_directories(assayd_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(assayd_${name} PUBLIC ${M_LINK} PRIVATE assayd_warnings ${M_PRIVATE_LINK})
endfunction()
