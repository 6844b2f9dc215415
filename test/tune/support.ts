/** Small networks for the search: one with a convolution, and one of products with matrices alone, of which two are equal. */
import { importModel } from "../../src/onnx/import.js";
import { type Programs, programsOf } from "../../src/optimise/evaluate.js";
import type { Program } from "../../ir/loop/program.js";
import type { ScheduleStep } from "../../src/schedule.js";
import { scheduleFor } from "../../src/schedule/targets.js";
import { vectorMachines } from "../../src/schedule/vector/machine.js";
import { type Machine, machines } from "../../src/tune/machine.js";
import { type Space, spaceOf } from "../../src/tune/space.js";
import { InvariantViolation } from "../../ir/prelude.js";
import { floats, graph, model, node, value } from "../support/onnx-model.js";

const ramp = (n: number): number[] => Array.from({ length: n }, (_, k) => ((k * 5) % 11) - 5);

export function networkBytes(): Uint8Array {
  const nodes = [
    node("Conv", ["x", "c"], ["a"]), node("Relu", ["a"], ["r"]),
    node("MaxPool", ["r"], ["p"], { attribute: [{ name: "kernel_shape", type: 7, ints: [2, 2] }, { name: "strides", type: 7, ints: [2, 2] }] }),
    node("Flatten", ["p"], ["f"]), node("Gemm", ["f", "v"], ["g"]), node("Gemm", ["g", "w"], ["h"]), node("Gemm", ["h", "w"], ["i"]), node("Gemm", ["i", "z"], ["y"]),
  ];
  const initializer = [floats("c", [16, 4, 3, 3], ramp(576)), floats("v", [64, 48], ramp(3072)), floats("w", [48, 48], ramp(2304)), floats("z", [48, 10], ramp(480))];
  return model(graph(nodes, { input: [value("x", [1, 4, 6, 6])], output: [value("y", [1, 10])], initializer }));
}

/** Three products, of which choices are made in no time. */
export function productsBytes(): Uint8Array {
  const nodes = [node("Gemm", ["x", "w"], ["h"]), node("Gemm", ["h", "w"], ["i"]), node("Gemm", ["i", "z"], ["y"])];
  const initializer = [floats("w", [80, 80], ramp(6400)), floats("z", [80, 70], ramp(5600))];
  return model(graph(nodes, { input: [value("x", [1, 80])], output: [value("y", [1, 70])], initializer }));
}

/** Of x86-64-v4. */
export function spaceFor(of: Programs): Space {
  return spaceOf(of, vectorMachines.find(({ name }) => name === "x86-64-v4") ?? fail("x86-64-v4"));
}

export const products: Programs = programsOf({ graph: importModel(productsBytes()).graph, contract: "separate" });
export const network = importModel(networkBytes()).graph;
export const programs: Programs = programsOf({ graph: network, contract: "separate" });

export function stepsFor(target: string): readonly ScheduleStep[] {
  return scheduleFor(target)?.steps ?? fail(target);
}

export function machineNamed(name: string): Machine {
  return machines[name] ?? fail(name);
}

function fail(name: string): never {
  throw new InvariantViolation(`there is no ${name}`);
}

/** With other steps of one pass. */
export function withRules(base: readonly ScheduleStep[], pass: string, rules: readonly object[]): readonly ScheduleStep[] {
  return base.map((step) => (step.pass === pass ? { pass, options: { ...step.options, rules } } : step));
}

export function programAfter(base: readonly ScheduleStep[]): Program {
  return programs.after(base);
}
