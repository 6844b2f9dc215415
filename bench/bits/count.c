/*
 * A plugin for QEMU: counts the instructions that the emulated program executes at addresses from
 * `from` up to `to`, both hexadecimal. Distributions ship the emulator without the header of the
 * plugin interface (version 1, docs/devel/tcg-plugins.rst of QEMU), so the part in use is declared.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*callback)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_atexit_cb(plugin_id id, void (*callback)(plugin_id, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *instruction, int operation, void *number, uint64_t addend);
void qemu_plugin_outs(const char *text);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { ADD_U64 = 0 };

static uint64_t from;
static uint64_t to;
static uint64_t executed;

static void translated(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t k = 0; k < qemu_plugin_tb_n_insns(block); k++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, k);
        const uint64_t address = qemu_plugin_insn_vaddr(instruction);
        if ((address >= from) && (address < to)) qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_U64, &executed, 1);
    }
}

static void ended(plugin_id id, void *data)
{
    char line[64];
    (void)id;
    (void)data;
    (void)snprintf(line, sizeof line, "executed %" PRIu64 "\n", executed);
    qemu_plugin_outs(line);
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const struct qemu_info_t *info, int count, char **words)
{
    (void)info;
    for (int k = 0; k < count; k++) {
        if (strncmp(words[k], "from=", 5) == 0) from = strtoull(words[k] + 5, NULL, 16);
        if (strncmp(words[k], "to=", 3) == 0) to = strtoull(words[k] + 3, NULL, 16);
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
