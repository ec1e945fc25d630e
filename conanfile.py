# SPDX-License-Identifier: 0BSD
import os
import re

from conan import ConanFile
from conan.tools.files import copy, load


class Agen(ConanFile):
    name = 'agen'
    description = 'Async generators for C, in one header'
    license = '0BSD'
    package_type = 'header-library'
    exports = exports_sources = 'agen.h', 'LICENSE'
    no_copy_source = True

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, 'agen.h'))
        self.version = '.'.join(re.findall(r'define AGEN_VERSION_[MP][A-Z]+ (\d+)', text))

    def package(self):
        copy(self, 'LICENSE', self.source_folder, os.path.join(self.package_folder, 'licenses'))
        copy(self, 'agen.h', self.source_folder, os.path.join(self.package_folder, 'include', 'agen'))

    def package_info(self):
        self.cpp_info.includedirs = ['include/agen']
        self.cpp_info.bindirs = self.cpp_info.libdirs = []

    def package_id(self):
        self.info.clear()
