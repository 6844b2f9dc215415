/**
 * What a package says of a target: the build line, and of the binary it makes bound, stack,
 * memory map and flow facts. All of it is a function of the C, the settings, the objects and
 * the linked image, so an audit prints it again from those bytes and needs no compiler.
 */
import { type Optimisation, type SmallCore, compileFlags, otawaFlags } from "../../backends/c/flags.js";
import { fileNames, runName } from "../../backends/c/names.js";
import type { ReadBack } from "../../backends/backend.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { markedLoops } from "../../wcet/facts/counted.js";
import { factFileOf } from "../../wcet/bind/fact-file.js";
import { factFormats } from "../../wcet/bind/formats.js";
import { otawaProblems } from "../../wcet/bind/otawa-gate.js";
import { compareCode } from "../../wcet/bind/same-code.js";
import type { CodeGraph } from "../../wcet/cfg/graph.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import { type Elf, readElf } from "../../wcet/elf/elf.js";
import { guardSection, markSection, marksHeader } from "../../wcet/elf/marks.js";
import { readObject } from "../../wcet/elf/object-file.js";
import { sha256 } from "./manifest.js";
import { type Measures, measuresOfElf } from "./measures.js";
import { measuresJson } from "./measures-json.js";
import { timePicture } from "./time-picture.js";

export type CrossTarget = SmallCore;

/** The words by which a user's make calls the compilers. */
const compilers: Readonly<Record<CrossTarget, string>> = { "cortex-m4": "arm-none-eabi-gcc", "cortex-m7": "arm-none-eabi-gcc", "rv32": "riscv64-unknown-elf-gcc" };

export function isCrossTarget(name: string): name is CrossTarget {
  return Object.hasOwn(compilers, name);
}

export interface TargetFacts {
  readonly target: CrossTarget;
  readonly optimisation: Optimisation;
  readonly core: Core;
  readonly memory: MemoryTiming;
  /** The analyser that is to read the image as it is. */
  readonly analyser: Analyser | undefined;
  /** Undefined where the cross compiler is not installed. */
  readonly binary: TargetBinary | undefined;
}

export type Analyser = "otawa";

export interface TargetBinary {
  /** Flags after the pinned ones, which the analyser asked for. */
  readonly extra: readonly string[];
  /** What the compiler says of itself. */
  readonly compiler: string;
  /** By file name. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** The linked image that is analysed and measured. */
  readonly image: Uint8Array;
}

export interface TargetTexts {
  /** By path in the package. */
  readonly texts: ReadonlyMap<string, string>;
  readonly measures: Measures | undefined;
  /** Why the image cannot be of these objects; empty if it is. */
  readonly differences: readonly string[];
  /** Why there are no flow facts; empty if there are. */
  readonly reasons: readonly string[];
}

export const marksFile = "loop_marks.h";
export const keepFile = "keep_marks.ld";

/** A section that is not loaded and has relocations is garbage to --gc-sections. */
const keepScript = `/* Added to the linker script of an image: keeps the marks of loops, which take no memory. */
SECTIONS
{
  ${markSection} 0 (INFO) : { KEEP(*(${markSection})) }
  ${guardSection} 0 (INFO) : { KEEP(*(${guardSection})) }
}
INSERT AFTER .text;
`;

/** Paths of a target in the package: what a user links, and what is evidence of it. */
export function targetFolder(target: CrossTarget): string {
  return `target/${target}`;
}

export function targetEvidence(target: CrossTarget): string {
  return `evidence/target/${target}`;
}

export async function targetTexts(facts: TargetFacts, read: ReadBack): Promise<TargetTexts> {
  const { target, optimisation, core, memory, analyser, binary } = facts;
  const { model, program } = read;
  const [folder, evidence] = [targetFolder(target), targetEvidence(target)];
  const line = { [`${folder}/build.mk`]: buildLine(model, facts, sourcesOf(read)), [`${folder}/${marksFile}`]: marksHeader, [`${folder}/${keepFile}`]: keepScript };
  const about = { schema: "obligato-target/1", target, optimisation, core: core.name, waitStates: memory, for: analyser ?? null, flags: flagsOf(facts) };
  if (binary === undefined) return { texts: new Map(Object.entries({ ...line, [`${evidence}/target.json`]: json({ ...about, compiler: null }) })), measures: undefined, differences: [], reasons: [] };
  const measures = await measuresOfElf(read, { elf: binary.image, where: `${model}.elf`, core, memory });
  const { differences } = compareCode(readElf(binary.image, `${model}.elf`), [...binary.objects].map(([name, bytes]) => readObject(bytes, name)), runName(model));
  const found = await flowFacts(binary.image, read, analyser);
  const digests = Object.fromEntries([...binary.objects].map(([name, bytes]) => [name, sha256(bytes)]));
  const texts = {
    ...line,
    ...(measures.time.kind === "none" ? {} : { [`${evidence}/time.svg`]: timePicture(measures.time, program, memory, model) }),
    ...Object.fromEntries([...found.files].map(([name, text]) => [`${evidence}/${name}`, text])),
    [`${evidence}/target.json`]: json({ ...about, compiler: binary.compiler, objects: digests, image: sha256(binary.image), withoutFacts: found.reasons, ...measuresJson(measures, program, memory) }),
  };
  return { texts: new Map(Object.entries(texts)), measures, differences, reasons: found.reasons };
}

/** Those of the flags in a record that an analyser may have asked for. */
export function analyserFlagsIn(flags: readonly string[]): readonly string[] {
  return flags.filter((flag) => otawaFlags.includes(flag));
}

function flagsOf({ target, optimisation, binary }: TargetFacts): readonly string[] {
  return [...compileFlags({ compiler: "gcc", target, optimisation }), ...(binary?.extra ?? [])];
}

/** Sources that have an object. */
function sourcesOf({ model, weights }: ReadBack): readonly string[] {
  const names = fileNames(model);
  return [names.source, ...(weights.size > 0 ? [names.weights] : []), names.selftest];
}

async function flowFacts(image: Uint8Array, { model, program, bounds }: ReadBack, analyser: Analyser | undefined): Promise<{ readonly files: ReadonlyMap<string, string>; readonly reasons: readonly string[] }> {
  const facts = codeFactsOf(program);
  const [loops, guards] = [markedLoops(facts.loops, bounds), facts.guards.map(({ taken }) => taken)];
  const gate = analyser === undefined ? {} : { gate: (elf: Elf, code: CodeGraph) => otawaProblems(elf, code, []) };
  const files = new Map<string, string>();
  for (const format of factFormats.filter(({ name }) => name === "f4" || name === "ffx" || name === "csv")) {
    const found = await factFileOf({ elf: image, where: `${model}.elf`, entry: runName(model), loops, guards, format, ...gate });
    if (found.kind === "none") return { files: new Map(), reasons: found.reasons };
    files.set(`${model}.${format.name}`, found.text);
  }
  return { files, reasons: [] };
}

/** A fragment for make. The user's own rules never see other flags than these. */
function buildLine(model: string, facts: TargetFacts, sources: readonly string[]): string {
  const [name, { target }] = [model.toUpperCase(), facts];
  const objectOf = (source: string): string => source.replace(/c$/, "o");
  const rules = sources.map((source) => {
    const marks = source === fileNames(model).source ? ` -include $(${name}_DIR)${marksFile}` : "";
    return `$(${name}_BUILD)/${objectOf(source)}: $(${name}_DIR)../../src/${source}\n\t@mkdir -p $(${name}_BUILD)\n\t$(${name}_CC) $(${name}_CFLAGS)${marks} -c $< -o $@\n`;
  });
  return `# ${model} for ${target}. Include this file and link either $(${name}_SHIPPED), the objects that the evidence is
# about, or $(${name}_OBJECTS), which are made here by the same line. Other flags are outside the proof and the bounds.
#
# The image must keep the sections ${markSection} and ${guardSection}, which take no memory, and its symbols, until it was analysed: link with
# $(${name}_LDFLAGS) if sections are collected, and strip it after \`obligato wcet DIR --elf IMAGE\`.

${name}_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
${name}_BUILD ?= build
${name}_CC ?= ${compilers[target]}
${name}_CFLAGS := ${flagsOf(facts).join(" ")}
${name}_LDFLAGS := -Wl,-T,$(${name}_DIR)${keepFile}
${name}_SHIPPED := ${sources.map((source) => `$(${name}_DIR)${objectOf(source)}`).join(" ")}
${name}_OBJECTS := ${sources.map((source) => `$(${name}_BUILD)/${objectOf(source)}`).join(" ")}

${rules.join("\n")}`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
