# SPDX-License-Identifier: 0BSD
# An overlay port, beside the sources: vcpkg install agen --overlay-ports=PATH/ports/packages
get_filename_component(source "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
file(INSTALL "${source}/agen.h" DESTINATION "${CURRENT_PACKAGES_DIR}/include/agen")
file(INSTALL "${source}/ports/packages/cmake/agenConfig.cmake" DESTINATION "${CURRENT_PACKAGES_DIR}/share/agen")
vcpkg_install_copyright(FILE_LIST "${source}/LICENSE")
