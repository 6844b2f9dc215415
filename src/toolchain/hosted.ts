/**
 * Targets with an operating system, on which the harness of the host reads and writes files:
 * this machine, and AArch64 under Linux, cross-compiled and run by QEMU's user mode.
 */
import type { SmallCore, TargetName } from "../../backends/c/flags.js";
import { type Compiler, requireTool, versionOf } from "./tools.js";

export type HostedTarget = Exclude<TargetName, SmallCore>;

interface Hosted {
  /** Of the binutils and of the compiler that links. */
  readonly prefix: string;
  /** Flags of the link: without the libraries of the other system at run time nothing has to be found. */
  readonly link: readonly string[];
  /** The program that runs its binaries; undefined where the machine does. */
  readonly emulator: string | undefined;
}

export const hosted: Readonly<Record<HostedTarget, Hosted>> = {
  host: { prefix: "", link: [], emulator: undefined },
  aarch64: { prefix: "aarch64-linux-gnu-", link: ["-static"], emulator: "qemu-aarch64" },
};

/** The compiler that links: clang has no C library of another system, gcc's cross compiler has. */
export async function linkerFor(target: HostedTarget, compiler: Compiler): Promise<Compiler> {
  return target === "host" ? compiler : crossGcc(hosted[target].prefix, target);
}

/** Throws a Refusal where it is not installed. */
export async function crossGcc(prefix: string, target: TargetName): Promise<Compiler> {
  const path = requireTool(`${prefix}gcc`, `to build for ${target}`);
  return { kind: "gcc", path, version: await versionOf(path) };
}

/** The command that runs a binary. */
export function commandFor(target: HostedTarget, binary: string): readonly [string, ...string[]] {
  const { emulator } = hosted[target];
  return emulator === undefined ? [binary] : [requireTool(emulator, `(qemu-user) to run code for ${target}`), binary];
}
