/**
 * The timing model of CV32E40P: what neighbours lose to each other, what a step of control
 * costs, and the published table of sequences, whose cycles were counted on the core's RTL.
 */
import test from "ava";
import { cases } from "../../bench/rtl/cases.js";
import { bounded } from "../../bench/rtl/micro.js";
import { present } from "../../ir/prelude.js";
import type { Block } from "../../wcet/cfg/graph.js";
import { type Instruction, type InstructionClass, falls, isUndecodable } from "../../wcet/cfg/instruction.js";
import { decodeRiscv } from "../../wcet/cfg/riscv.js";
import { cv32e40p } from "../../wcet/cores/cv32e40p.js";
import { costsOfStep, pathCostOf } from "../../wcet/cores/path-cost.js";
import { textOf } from "../conventions/checkout.js";
import { hasTools } from "../support/tools.js";

const noWait = { flashWaitStates: 0, ramWaitStates: 0 };
const cost = pathCostOf(cv32e40p, noWait);

function made(kind: InstructionClass, writes: readonly number[], reads: readonly number[], rest: Partial<Instruction> = {}): Instruction {
  return { address: 0x100, size: 4, flow: falls, class: kind, reads, writes, ...rest };
}

function lost(before: readonly Instruction[], after: Instruction | undefined, memory = noWait): number {
  return present(cv32e40p.lostBetween, "lostBetween")(before, after, memory);
}

const other = made("alu", [7], [8]);
const [loads, adds] = [made("load", [5], [10]), made("fp-alu", [33], [34, 35])];

test("cv32e40p: a loaded value costs a cycle where the next instruction uses it, and only there", (t) => {
  t.is(lost([other, loads], made("alu", [6], [5])), 1);
  t.is(lost([other, loads], made("alu", [6], [4])), 0);
  t.is(lost([loads, other], made("alu", [6], [5])), 0);
  t.is(lost([other, loads], made("alu", [5], [4])), 1, "written at once by another way");
  t.is(lost([other, loads], made("load", [5], [4])), 0, "written again by the same way");
});

test("cv32e40p: a result of the floating-point unit costs a cycle where the next instruction uses it", (t) => {
  t.is(lost([other, adds], made("fp-mul", [36], [33, 33])), 1);
  t.is(lost([other, adds], made("fp-store", [], [10, 33])), 1);
  t.is(lost([other, adds], made("fp-mul", [36], [34, 35])), 0);
  t.is(lost([other, adds], made("fp-div", [36], [34, 35])), 1, "a division waits for all before it");
  t.is(lost([other, adds], made("fp-status", [6], [])), 2);
  t.is(lost([adds, other], made("fp-status", [6], [])), 1);
  t.is(lost([other, other], made("fp-status", [6], [])), 0);
  t.is(lost([other, made("fp-div", [36], [])], made("fp-status", [6], [])), 1);
});

test("cv32e40p: a branch costs two more where it is taken, and another for a target across two words", (t) => {
  const branch = made("branch", [], [5], { flow: { kind: "branch", target: 0x200 } });
  const at = (address: number, size: 2 | 4): Instruction => made("alu", [6], [7], { address, size });
  t.is(cost.costOf(branch), 1);
  t.is(lost([other, branch], at(0x104, 4)), 0);
  t.is(lost([other, branch], at(0x200, 4)), 2);
  const odd = made("branch", [], [5], { flow: { kind: "branch", target: 0x202 } });
  t.is(lost([other, odd], at(0x202, 4)), 3);
  t.is(lost([other, odd], at(0x202, 2)), 2);
  t.is(lost([other, odd], undefined), 2, "a branch that leaves the function");
  const next = made("branch", [], [5], { flow: { kind: "branch", target: 0x104 } });
  t.is(lost([other, next], at(0x104, 4)), 2, "to the next instruction: which way is not known");
});

test("cv32e40p: a return waits for its address; what is not known counts as the worst", (t) => {
  const returns = made("branch", [], [1], { flow: { kind: "return", conditional: false } });
  t.is(lost([other, made("load", [1], [2])], returns), 2);
  t.is(lost([made("load", [1], [2]), other], returns), 1);
  t.is(lost([other, made("alu", [1], [2])], returns), 1);
  t.is(lost([other, other], returns), 0);
  t.is(lost([other], returns), 1);
  t.is(lost([], returns), 0, "right behind the jump that led here");
});

test("cv32e40p: waiting memories cost a word at a time, and a division behind an access is made twice", (t) => {
  const waits = { flashWaitStates: 3, ramWaitStates: 2 };
  const at = (address: number, size: 2 | 4): Instruction => made("alu", [6], [7], { address, size });
  t.is(lost([at(0, 4), at(4, 2)], at(6, 2), waits), 0);
  t.is(lost([at(0, 4), at(4, 4)], at(8, 2), waits), 3);
  t.is(lost([at(0, 4), at(4, 2)], at(6, 4), waits), 3);
  t.is(cv32e40p.costOf(loads, waits), 1 + 3, "data may lie in the slower memory");
  t.is(lost([other, loads], made("fp-div", [36], [34, 35]), { flashWaitStates: 0, ramWaitStates: 2 }), 19);
  t.is(lost([loads, other], made("fp-div", [36], [34, 35]), { flashWaitStates: 0, ramWaitStates: 2 }), 0);
});

test("cv32e40p: the block before is part of a step, the callee's last instructions are not", (t) => {
  const block = (id: number, instructions: readonly Instruction[], calls?: number): Block => ({ id, instructions, successors: [], calls, exits: false });
  const uses = block(1, [made("alu", [6], [5])]);
  const sum = (from: Block | undefined, to: Block | undefined): number => costsOfStep({ from, to }, cost).reduce((total, [, cycles]) => total + cycles, 0);
  t.is(sum(block(0, [other, loads]), uses), 2);
  t.is(sum(block(0, [other, loads], 0x400), uses), 1);
  t.is(sum(undefined, uses), 1);
  t.is(sum(block(0, [other]), undefined), 0);
});

test("cv32e40p: the decoder names registers, the field of a conversion that names none among them", (t) => {
  const decoded = (word: number): Instruction => {
    const found = decodeRiscv((address) => (word >>> (address === 0 ? 0 : 16)) & 0xffff, 0);
    if (isUndecodable(found)) throw new Error(found.why);
    return found;
  };
  t.like(decoded(0x00a58533), { reads: [11, 10], writes: [10], class: "alu" }, "add a0, a1, a0");
  t.like(decoded(0xd0078753), { reads: [15, 32], writes: [46] }, "fcvt.s.w fa4, a5");
  t.like(decoded(0xf0078753), { reads: [15], writes: [46] }, "fmv.w.x fa4, a5");
  t.like(decoded(0xa0f587d3), { reads: [43, 47], writes: [15] }, "fle.s a5, fa1, fa5");
  t.like(decoded(0x001024f3), { writes: [9], class: "fp-status" }, "frflags s1");
  t.like(decoded(0x4532), { reads: [2], writes: [10], class: "load" }, "c.lwsp a0, 12(sp)");
});

test("cv32e40p: the published table is the model's, and no bound in it is below the cycles counted", async (t) => {
  if (!hasTools(t, "riscv64-unknown-elf-gcc")) return;
  const [empty = 0, ...bounds] = await bounded([{ name: "", body: [] }, ...cases], { code: 0, data: 0 });
  const page = textOf("docs/wcet.md");
  cases.forEach(({ name }, k) => {
    const row = page.split("\n").find((line) => line.startsWith(`| ${name} | `)) ?? "";
    const [bound = NaN, simulated = NaN] = row.split(" | ").slice(1, 3).map(Number);
    t.is((bounds[k] ?? 0) - empty, bound, name);
    t.true(bound >= simulated && simulated > 0, name);
  });
});
