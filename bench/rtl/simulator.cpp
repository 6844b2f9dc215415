/*
 * CV32E40P between two memories, a cycle of the clock at a time. Commands on standard input:
 *
 *   load ADDRESS FILE           copies a file into memory
 *   read ADDRESS SIZE FILE      copies memory into a file
 *   write ADDRESS WORD          sets four bytes
 *   run ADDRESS CYCLES I D      resets the core, boots at ADDRESS, answers a line: what the
 *                               program wrote to the last page, or `timeout`
 *
 * Both memories follow the OBI protocol of the core's manual: a request is granted in its
 * cycle if the memory is free, and answered I or D cycles later than in the next one.
 */
#include "Vcv32e40p_top.h"
#include "verilated.h"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace {

const uint32_t ram_base = 0x80000000U, answer_page = 0xFFFFF000U;
std::vector<uint8_t> rom(1U << 16), ram(128U << 20);

uint8_t *at(uint32_t address, size_t size)
{
    if (address >= ram_base && address - ram_base + size <= ram.size()) return &ram[address - ram_base];
    if (address + size <= rom.size()) return &rom[address];
    std::fprintf(stderr, "no memory at 0x%08x\n", address);
    std::exit(2);
}

struct Port {
    int wait_states;
    bool busy = false;
    int left = 0;
    uint32_t data = 0;

    bool answers() const { return busy && left == 0; }
    bool accepts() const { return !busy || left == 0; }
    void tick()
    {
        if (answers()) busy = false;
        else if (busy) left--;
    }
    void accept(uint32_t read)
    {
        busy = true;
        left = wait_states;
        data = read;
    }
};

void write(uint32_t address, uint32_t value, uint32_t enable)
{
    uint8_t *bytes = at(address & ~3U, 4);
    for (int k = 0; k < 4; k++) {
        if (((enable >> k) & 1U) != 0) bytes[k] = static_cast<uint8_t>(value >> (8 * k));
    }
}

uint32_t word(uint32_t address)
{
    uint32_t value;
    std::memcpy(&value, at(address & ~3U, 4), 4);
    return value;
}

/* Also what has its clock gated is reset: by the falling edge. */
void reset(Vcv32e40p_top &core, uint32_t boot)
{
    core.boot_addr_i = boot;
    core.fetch_enable_i = 1;
    core.rst_ni = 1;
    core.eval();
    core.rst_ni = 0;
    for (int k = 0; k < 4; k++) {
        core.clk_i = 1;
        core.eval();
        core.clk_i = 0;
        core.eval();
    }
    core.rst_ni = 1;
}

std::string run(uint32_t boot, uint64_t limit, Port code, Port data)
{
    const std::unique_ptr<Vcv32e40p_top> core(new Vcv32e40p_top);
    reset(*core, boot);
    for (uint64_t cycle = 0; cycle < limit; cycle++) {
        core->instr_rvalid_i = code.answers();
        core->instr_rdata_i = code.data;
        core->data_rvalid_i = data.answers();
        core->data_rdata_i = data.data;
        core->instr_gnt_i = code.accepts();
        core->data_gnt_i = data.accepts();
        core->eval();
        const bool fetch = core->instr_req_o && core->instr_gnt_i, access = core->data_req_o && core->data_gnt_i, writes = core->data_we_o;
        const uint32_t pc = core->instr_addr_o, address = core->data_addr_o, value = core->data_wdata_o, enable = core->data_be_o;
        core->clk_i = 1;
        core->eval();
        core->clk_i = 0;
        code.tick();
        data.tick();
        if (fetch) code.accept(word(pc));
        if (access && writes && address >= answer_page) return std::to_string(value);
        if (access && writes) write(address, value, enable);
        if (access) data.accept(writes ? 0 : word(address));
    }
    return "timeout";
}

uint32_t number()
{
    std::string text;
    std::cin >> text;
    return static_cast<uint32_t>(std::strtoul(text.c_str(), nullptr, 0));
}

} // namespace

double sc_time_stamp() { return 0; }

int main()
{
    for (std::string command, file; std::cin >> command;) {
        const uint32_t address = number();
        if (command == "load") {
            std::cin >> file;
            std::ifstream from(file, std::ios::binary);
            const std::vector<char> bytes((std::istreambuf_iterator<char>(from)), std::istreambuf_iterator<char>());
            std::memcpy(at(address, bytes.size()), bytes.data(), bytes.size());
        } else if (command == "read") {
            const uint32_t size = number();
            std::cin >> file;
            std::ofstream(file, std::ios::binary).write(reinterpret_cast<char *>(at(address, size)), size);
        } else if (command == "write") {
            write(address, number(), 15);
        } else if (command == "run") {
            const uint32_t limit = number(), code = number(), data = number();
            std::cout << run(address, limit, Port{static_cast<int>(code)}, Port{static_cast<int>(data)}) << std::endl;
        } else {
            return 1;
        }
    }
    return 0;
}
