# Warnings of our own targets; libraries' headers are system includes.
add_library(assayd_warnings INTERFACE)
target_compile_options(assayd_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wnull-dereference -Wdouble-promotion
  -Wimplicit-fallthrough -Werror
  # Designated initialisers leave the other members at their defaults on purpose.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(assayd_warnings INTERFACE -Wthread-safety)
  # Boost.Asio before 1.80 does not recognise that clang has C++20 coroutines' headers.
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC reports these inside inlined standard headers, at -O2, where nothing is wrong.
  target_compile_options(assayd_warnings INTERFACE
    -Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
    -Wno-array-bounds -Wno-dangling-reference -Wno-stringop-overread)
endif()
