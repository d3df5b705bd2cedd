# ASSAYD_SANITIZE: empty, "address" (with undefined behaviour) or "thread".
set(ASSAYD_SANITIZE "" CACHE STRING "Sanitizers: empty, address or thread")
if(ASSAYD_SANITIZE STREQUAL "address")
  # cpprestsdk's headers trip the vptr check: they cast between bases before construction ends.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr
                      -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(ASSAYD_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(NOT ASSAYD_SANITIZE STREQUAL "")
  message(FATAL_ERROR "ASSAYD_SANITIZE is '${ASSAYD_SANITIZE}': use address or thread")
endif()
