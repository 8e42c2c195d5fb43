"""The engine of yara-x through its Python package, where the command line `yr` is not to be had.

Usage: yara_x_package.py compile OUT RULES…   compiles files and directories of rules into one file
       yara_x_package.py scan COMPILED ROOT   looks at every regular file below ROOT, one after another

What does not compile is left out and counted.
"""

import os
import sys

import yara_x

VARIABLES = ["filename", "filepath", "extension", "filetype", "owner"]


def files_below(root):
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def compile_rules(out, sources):
    compiler = yara_x.Compiler()
    for variable in VARIABLES:
        compiler.define_global(variable, "none")
    left_out = 0
    for number, source in enumerate(sources):
        compiler.new_namespace(f"set{number}")
        is_directory = os.path.isdir(source)
        paths = [path for path in sorted(files_below(source)) if path.endswith((".yar", ".yara"))]
        for path in paths if is_directory else [source]:
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    compiler.add_source(file.read(), origin=path)
            except yara_x.CompileError:
                left_out += 1
    with open(out, "wb") as file:
        compiler.build().serialize_into(file)
    print(f"{left_out} files with rules that do not compile or have a name twice")


def scan(compiled, root):
    with open(compiled, "rb") as file:
        scanner = yara_x.Scanner(yara_x.Rules.deserialize_from(file))
    matches = 0
    for path in files_below(root):
        matches += len(scanner.scan_file(path).matching_rules)
    print(f"{matches} matches")


if sys.argv[1] == "compile":
    compile_rules(sys.argv[2], sys.argv[3:])
else:
    scan(sys.argv[2], sys.argv[3])
