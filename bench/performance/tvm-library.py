"""
TVM for bench/performance: what is installed, or one network as a shared library.

    python tvm-library.py                          describes TVM, a fact on a line
    python tvm-library.py MODEL PROCESSOR LIBRARY  compiles an ONNX file for a processor of LLVM

Untuned: the passes of the zero pipeline (fusion of operators) and the default of the build.
"""
import os
import sys

import onnx
import tvm
import tvm_ffi
from tvm import relax
from tvm.relax.frontend.onnx import from_onnx


def describe():
    """Versions, folders of headers, and libraries of the runtime, each after those that it needs."""
    print("version", tvm.__version__)
    print("llvm", tvm.target.codegen.llvm_version_major())
    for folder in (tvm_ffi.libinfo.find_include_path(), tvm_ffi.libinfo.find_dlpack_include_path()):
        print("headers", folder)
    for library in (tvm_ffi.libinfo.find_libtvm_ffi(), tvm.libinfo.find_libtvm_runtime()):
        print("library", os.path.realpath(library))


def compile_network(model, processor, library):
    """Writes the shared library that tvm.c loads."""
    target = tvm.target.Target({"kind": "llvm", "mcpu": processor})
    module = relax.get_pipeline("zero")(from_onnx(onnx.load(model)))
    relax.build(module, target=target).export_library(library)


if len(sys.argv) == 1:
    describe()
else:
    compile_network(*sys.argv[1:])
