# SPDX-License-Identifier: 0BSD
# For find_package(agen): the target agen::agen. It is no imported target, whose folder would be a system folder, where
# gcc drops the misuse checks.
if(NOT TARGET agen::agen)
    get_filename_component(agen_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
    add_library(agen INTERFACE)
    add_library(agen::agen ALIAS agen)
    target_include_directories(agen INTERFACE "${agen_prefix}/include/agen")
    unset(agen_prefix)
endif()
