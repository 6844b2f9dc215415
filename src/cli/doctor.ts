/** `obligato doctor`: which programs are there, and what the missing ones would be for. */
import type { Command } from "commander";
import { findTool, versionOf } from "../toolchain/tools.js";
import { toolVersion } from "../evidence/version.js";
import { exitCodes } from "./exit.js";
import { type CommonOptions, type SetExit, say, sayJson, withCommonOptions } from "./terminal.js";

const tools: readonly (readonly [program: string, purpose: string])[] = [
  ["gcc", "to run the C (build needs no compiler)"],
  ["clang", "to run the C with a second compiler"],
  ["nm", "to check that the objects call nothing (binutils)"],
  ["z3", "for --solver native; Z3 itself comes with obligato"],
  ["cvc5", "for --solver cvc5, the second opinion"],
  ["arm-none-eabi-gcc", "to compile for Cortex-M4F"],
  ["qemu-system-arm", "to run on an emulated Cortex-M4F"],
  ["aarch64-linux-gnu-gcc", "to compile for AArch64 (gcc-aarch64-linux-gnu, libc6-dev-arm64-cross)"],
  ["qemu-aarch64", "to run code for AArch64 (qemu-user)"],
];

export function addDoctor(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("doctor"))
    .summary("programs found, and what missing ones are for")
    .description("Lists the programs that obligato can use, with versions, and what each is for. All but Node.js are optional.")
    .addHelpText("after", "\nExamples:\n  obligato doctor\n")
    .action(async (options: CommonOptions) => setExit(await doctor(options)));
}

/** Node 20.19 is the first that the program is tested with. */
function nodeIsRecent(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}

async function doctor(options: CommonOptions): Promise<number> {
  const rows = await Promise.all(tools.map(async ([program, purpose]) => {
    const path = findTool(program);
    return { program, purpose, version: path === undefined ? null : await versionOf(path) };
  }));
  const recent = nodeIsRecent();
  if (options.json === true) sayJson({ obligato: toolVersion(), node: { version: process.versions.node, recent }, tools: rows });
  else {
    const line = (program: string, found: string): string => `${program.padEnd(21)}  ${found}`;
    say(options, line("obligato", toolVersion()), line("node", `${process.versions.node}${recent ? "" : "; 20.19 or later is needed"}`));
    say(options, ...rows.map(({ program, purpose, version }) => line(program, version ?? `missing: ${purpose}`)));
  }
  return recent ? exitCodes.ok : exitCodes.toolMissing;
}
