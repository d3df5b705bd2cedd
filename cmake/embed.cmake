# assayd_embed(TARGET NAME BASE_FOLDER FILE …): makes files part of a library. The generated header
# "embedded/NAME.h" declares `std::string_view assayd::embedded::NAME(std::string_view file)`, which
# gives the bytes of a file by its path below BASE_FOLDER, or an empty view.
function(assayd_embed target name base)
  set(folder ${CMAKE_BINARY_DIR}/embedded)
  set(header ${folder}/embedded/${name}.h)
  set(source ${folder}/embedded/${name}.cc)
  add_custom_command(
    OUTPUT ${header} ${source}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DBASE=${base} "-DFILES=${ARGN}" -DHEADER=${header} -DSOURCE=${source}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_script.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed_script.cmake
    COMMENT "Embedding ${name}" VERBATIM)
  target_sources(${target} PRIVATE ${source} ${header})
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
