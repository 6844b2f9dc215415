/*
 * Answers for the undefined instructions that narrow.ts put where a library asks with xgetbv
 * which registers the system saves: what the processor says, without the states of AVX-512
 * (bits 5 to 7 of XCR0) and of AMX (17 and 18). AVX-VNNI stays: it is not AVX-512.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

enum { WIDE_STATES = (7 << 5) | (3 << 17), ASKING_BYTES = 3 };

static void answer(int number, siginfo_t *info, void *context)
{
    static const unsigned char asking[ASKING_BYTES] = {0x0f, 0x0b, 0xd0};
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint32_t low;
    uint32_t high;
    (void)number;
    (void)info;
    if (memcmp((const void *)registers[REG_RIP], asking, ASKING_BYTES) != 0) {
        signal(SIGILL, SIG_DFL); /* somebody else's mistake: it traps again and ends the program */
        return;
    }
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"((uint32_t)registers[REG_RCX]));
    registers[REG_RAX] = low & ~(uint32_t)WIDE_STATES;
    registers[REG_RDX] = high;
    registers[REG_RIP] += ASKING_BYTES;
}

/* Before the library is loaded: its constructors ask. */
static void answer_for_narrow(void)
{
    struct sigaction action = {0};
    action.sa_sigaction = answer;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGILL, &action, NULL);
}
