/*
 * A library of TVM as a variant: its virtual machine through the C interface, one thread, the
 * inputs made once. The machine allocates outputs of its own from its pool; they are copied.
 *
 * The header is that of TVM; the names and shapes of the network are in case.h.
 */
#include "case.h"
#include "rounds.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64, POOLED_ALLOCATOR = 2 };

static TVMFFIObjectHandle infer;
static TVMFFIAny inputs[CASE_INPUTS];

/* What an object holds lies after its header. */
static void *content(void *object)
{
    return (char *)object + sizeof(TVMFFIObject);
}

static int failed(int status)
{
    if (status == 0) return 0;
    TVMFFIObjectHandle error;
    TVMFFIErrorMoveFromRaised(&error);
    const TVMFFIErrorCell *cell = content(error);
    fprintf(stderr, "%.*s\n", (int)cell->message.size, cell->message.data);
    return 1;
}

static int call(TVMFFIObjectHandle function, TVMFFIAny *args, int count, TVMFFIAny *result)
{
    memset(result, 0, sizeof *result);
    return failed(TVMFFIFunctionCall(function, args, count, result));
}

static int call_global(const char *name, TVMFFIAny *args, int count, TVMFFIAny *result)
{
    const TVMFFIByteArray key = {name, strlen(name)};
    TVMFFIObjectHandle function = NULL;
    if (failed(TVMFFIFunctionGetGlobal(&key, &function))) return 1;
    if (function != NULL) return call(function, args, count, result);
    fprintf(stderr, "TVM has no %s\n", name);
    return 1;
}

static TVMFFIAny integer(int64_t value)
{
    return (TVMFFIAny){.type_index = kTVMFFIInt, .v_int64 = value};
}

static TVMFFIAny text(const char *value)
{
    return (TVMFFIAny){.type_index = kTVMFFIRawStr, .v_c_str = value};
}

static int member(TVMFFIAny module, const char *name, TVMFFIObjectHandle *function)
{
    TVMFFIAny found;
    TVMFFIAny args[] = {module, text(name), {.type_index = kTVMFFIBool, .v_int64 = 1}};
    if (call_global("ffi.ModuleGetFunction", args, 3, &found)) return 1;
    *function = found.v_obj;
    if (found.type_index == kTVMFFIFunction) return 0;
    fprintf(stderr, "the library has no %s\n", name);
    return 1;
}

static int open_machine(void)
{
    TVMFFIAny library;
    TVMFFIAny machine;
    TVMFFIAny nothing;
    TVMFFIObjectHandle function;
    TVMFFIAny path = text(CASE_LIBRARY);
    TVMFFIAny processor[] = {integer(kDLCPU), integer(0), integer(POOLED_ALLOCATOR)};
    if (call_global("ffi.ModuleLoadFromFile", &path, 1, &library)) return 1;
    if (member(library, "vm_load_executable", &function) || call(function, NULL, 0, &machine)) return 1;
    if (member(machine, "vm_initialization", &function) || call(function, processor, 3, &nothing)) return 1;
    return member(machine, "main", &infer);
}

static int tensor(const struct case_tensor *t, DLManagedTensor *managed, TVMFFIAny *out)
{
    TVMFFIObjectHandle object;
    managed->dl_tensor = (DLTensor){.data = variant_inputs + t->offset, .device = {kDLCPU, 0}, .ndim = (int)t->rank, .dtype = t->type, .shape = (int64_t *)t->shape};
    if (failed(TVMFFITensorFromDLPack(managed, ALIGNMENT, 1, &object))) return 1;
    *out = (TVMFFIAny){.type_index = kTVMFFITensor, .v_obj = object};
    return 0;
}

int variant_setup(void)
{
    static DLManagedTensor managed[CASE_INPUTS];
    setenv("TVM_NUM_THREADS", "1", 1);
    for (int k = 0; k < CASE_INPUTS; k++) {
        if (tensor(&case_inputs[k], &managed[k], &inputs[k])) return 1;
    }
    return open_machine();
}

void variant_run(void)
{
    TVMFFIAny result;
    if (call(infer, inputs, CASE_INPUTS, &result)) return;
    const TVMFFIAny *list = result.type_index == kTVMFFIArray ? ((const TVMFFISeqCell *)content(result.v_obj))->data : &result;
    for (int k = 0; k < CASE_OUTPUTS; k++) {
        const DLTensor *output = content(list[k].v_obj);
        memcpy(variant_outputs + case_outputs[k].offset, (const char *)output->data + output->byte_offset, case_outputs[k].bytes);
    }
    TVMFFIObjectDecRef(result.v_obj);
}
