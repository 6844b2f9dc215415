/**
 * Static shapes: the type of every graph input with its dynamic dimensions pinned by
 * `--fix-dim NAME=N`, where NAME is the dimension's parameter or `input:axis`. An
 * import works for one set of extents only; nothing is ever guessed.
 */
import { invalid, Refusal, unsupported } from "../../ir/prelude.js";
import type { TensorType } from "../../ir/tensor/tensor.js";
import { supportedElement } from "./element-types.js";
import { checkedShape } from "./extents.js";
import { type Finding, finding } from "./findings.js";
import type { OnnxDim, OnnxValueInfo } from "./model.js";

export interface StaticInputs {
  readonly types: ReadonlyMap<string, TensorType>;
  readonly findings: readonly Finding[];
}

/**
 * Types of `inputs`; `elsewhere` are pins that fit something else. Refuses with `dynamic-dim`, `unknown-rank`, `not-a-tensor`,
 * `element-type`, a code of the shape, or `fix-dim` for a pin that fits nothing.
 */
export function staticInputs(inputs: readonly OnnxValueInfo[], pins: ReadonlyMap<string, number>, elsewhere: ReadonlySet<string> = new Set()): StaticInputs {
  checkPins(pins);
  const used = new Set(elsewhere);
  const findings: Finding[] = [];
  const types = new Map<string, TensorType>();
  for (const { name, type } of inputs) {
    if (type.kind !== "tensor") {
      unsupported(
        "not-a-tensor", `input ${name} is ${type.kind === "missing" ? "untyped" : `a ${type.kind}`}, not a tensor`,
        name, "give the model tensor inputs only",
      );
    }
    const dims = type.dims ?? unknownRank(name);
    const element = supportedElement(type.dataType, dims.map(printDim).join(","), `input ${name}`);
    const extents = dims.map((dim, axis) => pinnedExtent(dim, pinOf(pins, { name, axis, dim })));
    extents.forEach(({ pin }, axis) => {
      if (pin === undefined) return;
      used.add(pin);
      findings.push(finding(
        "dynamic-dim-fixed", name, `axis ${axis} of input ${name} is dynamic and was pinned by ${pin}=${pins.get(pin)}`,
      ));
    });
    const literal = extents.map(({ extent }, axis) => extent ?? dynamic(name, axis, dims[axis], openDims(inputs, pins)));
    types.set(name, { ...element, shape: checkedShape(literal, element.type, `input ${name}`) });
  }
  rejectUnused(pins, used, inputs);
  return { types, findings };
}

interface Pinned {
  readonly extent: bigint | undefined;
  readonly pin: string | undefined;
}

interface Pin {
  readonly key: string;
  readonly value: number;
}

function pinnedExtent(dim: OnnxDim, pin: Pin | undefined): Pinned {
  // Some exporters write 0 or -1 for an unknown extent: such a value can be pinned, a positive one cannot.
  if (dim.kind === "value" && dim.value > 0n) return { extent: dim.value, pin: undefined };
  return { extent: pin === undefined ? undefined : BigInt(pin.value), pin: pin?.key };
}

interface Place {
  readonly name: string;
  readonly axis: number;
  readonly dim: OnnxDim;
}

function pinOf(pins: ReadonlyMap<string, number>, { name, axis, dim }: Place): Pin | undefined {
  const keys = [`${name}:${axis}`, ...(dim.kind === "parameter" ? [dim.name] : [])];
  const key = keys.find((candidate) => pins.has(candidate));
  return key === undefined ? undefined : { key, value: pins.get(key) ?? 0 };
}

export function printDim(dim: OnnxDim): string {
  switch (dim.kind) {
    case "value":
      return String(dim.value);
    case "parameter":
      return dim.name;
    case "unknown":
      return "?";
  }
}

/** The options that pin what is still dynamic, each with the extent 1. */
function openDims(inputs: readonly OnnxValueInfo[], pins: ReadonlyMap<string, number>): string {
  const open = inputs.flatMap(placesOf).filter((place) => pinOf(pins, place) === undefined).flatMap(dynamicName);
  return [...new Set(open)].map((key) => `--fix-dim ${key}=1`).join(" ");
}

function dynamic(name: string, axis: number, dim: OnnxDim | undefined, options: string): never {
  const remedy = `fix it with ${options}, or other extents`;
  if (dim?.kind === "value") {
    const [what, mend] = [`axis ${axis} of input ${name} has the extent ${dim.value}`, `if it is meant as unknown, ${remedy}`];
    return dim.value < 0n ? invalid("negative-dim", what, name, mend) : unsupported("zero-dim", what, name, mend);
  }
  const called = dim?.kind === "parameter" ? `is the parameter ${dim.name}` : "has no literal extent";
  return unsupported("dynamic-dim", `axis ${axis} of input ${name} ${called}`, name, remedy);
}

function unknownRank(name: string): never {
  return unsupported(
    "unknown-rank", `input ${name} has no shape, not even a rank`, name,
    "export the model with the shape of its inputs",
  );
}

function usage(code: string, what: string, remedy: string): never {
  throw new Refusal("usage", code, what, undefined, remedy);
}

function checkPins(pins: ReadonlyMap<string, number>): void {
  for (const [key, value] of pins) {
    if (!Number.isSafeInteger(value) || value < 1) {
      usage("fix-dim", `--fix-dim ${key}=${value} is no extent`, "give a whole number of at least 1");
    }
  }
}

function rejectUnused(pins: ReadonlyMap<string, number>, used: ReadonlySet<string>, inputs: readonly OnnxValueInfo[]): void {
  const unused = [...pins.keys()].find((key) => !used.has(key));
  if (unused === undefined) return;
  const choice = [...new Set(inputs.flatMap(placesOf).flatMap(dynamicName))];
  usage(
    "fix-dim", `--fix-dim ${unused} fits no dynamic dimension`,
    choice.length === 0 ? "leave it out: every input is static" : `the dynamic dimensions are ${choice.join(", ")}`,
  );
}

function placesOf({ name, type }: OnnxValueInfo): readonly Place[] {
  const dims = type.kind === "tensor" ? (type.dims ?? []) : [];
  return dims.map((dim, axis) => ({ name, axis, dim }));
}

function dynamicName({ name, axis, dim }: Place): readonly string[] {
  if (dim.kind === "parameter") return [dim.name];
  return dim.kind === "unknown" || dim.value <= 0n ? [`${name}:${axis}`] : [];
}

/** Refuses a graph without outputs, or an input or output without name or twice. */
export function checkInterface(inputs: readonly OnnxValueInfo[], outputs: readonly OnnxValueInfo[]): void {
  if (outputs.length === 0) {
    invalid("no-outputs", "the graph has no output", undefined, "declare the tensors it computes as outputs");
  }
  for (const [kind, values] of [["input", inputs], ["output", outputs]] as const) {
    const seen = new Set<string>();
    for (const { name } of values) {
      if (name === "") invalid("no-name", `a graph ${kind} has no name`, undefined, "export the model again");
      if (seen.has(name)) {
        invalid("duplicate-name", `the graph has two ${kind}s named ${name}`, name, `name every ${kind} differently`);
      }
      seen.add(name);
    }
  }
}
