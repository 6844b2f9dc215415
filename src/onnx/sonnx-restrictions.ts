/**
 * The restrictions of single operators (sonnx.ts has their words), each as a judgement of a node:
 * why it is not met, or nothing. A restriction that is not here cannot be judged from a model.
 */
import { elementCount } from "../../ir/tensor/tensor.js";
import { flagOf, floatOf, intOf, stringOf } from "./normalise/node.js";
import type { RawNode } from "./normalise/raw-node.js";

/** Why a node does not meet a restriction, and whether `check --fix` writes what is missing. */
export interface Breach {
  readonly reason: string;
  /** What to do; undefined: `check --fix` does it. */
  readonly remedy: string | undefined;
}

type Judge = (node: RawNode) => Breach | undefined;

function written(reason: string): Breach {
  return { reason, remedy: undefined };
}

const met: Judge = () => undefined;

function isSet(...names: readonly string[]): Judge {
  return ({ attributes }) => {
    const missing = names.filter((name) => !attributes.has(name));
    return missing.length === 0 ? undefined : written(`${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not set`);
  };
}

/** An axis that is left out counts as negative where the default is. */
function fromFront(fallback: number): Judge {
  return (node) => {
    const axis = intOf(node, "axis") ?? fallback;
    return axis >= 0 ? undefined : written(`axis is ${axis}`);
  };
}

function hasValue(name: string, wanted: number, remedy: string): Judge {
  return (node) => {
    const value = intOf(node, name) ?? 0;
    return value === wanted ? undefined : { reason: `${name} is ${value}`, remedy };
  };
}

const shapeOf = (node: RawNode, slot: number): readonly number[] => node.typeOf(node.inputs[slot] ?? "")?.shape ?? [];

function axesOf(slots: readonly number[], wanted: number, remedy: string): Judge {
  return (node) => {
    const other = slots.find((slot) => (node.inputs[slot] ?? null) !== null && shapeOf(node, slot).length !== wanted);
    return other === undefined ? undefined : { reason: `the number of axes of ${node.inputs[other]} is ${shapeOf(node, other).length}`, remedy };
  };
}

const notset: Judge = (node) => {
  const mode = stringOf(node, "auto_pad") ?? "NOTSET";
  return mode === "NOTSET" ? undefined : written(`auto_pad is ${mode}`);
};

const groups: Judge = (node) => {
  const [group, channels] = [intOf(node, "group") ?? 1, shapeOf(node, 0)[1]];
  return group === 1 || group === channels ? undefined : { reason: `group is ${group}, X has ${channels} channels`, remedy: "split the convolution into ones of one group" };
};

const positiveExtent: Judge = (node) => {
  const shape = shapeOf(node, 0);
  const extent = shape.at(intOf(node, "axis") ?? 0) ?? 0;
  return extent > 0 ? undefined : { reason: `the extent is ${extent}`, remedy: "give the axis elements" };
};

/** Attributes that say nothing beyond the product and the sum are as good as none; GR4 asks that they are written. */
const plainProduct: Judge = (node) => {
  const given = [
    ...(["alpha", "beta"] as const).filter((name) => (floatOf(node, name) ?? 1) !== 1),
    ...(["transA", "transB"] as const).filter((name) => flagOf(node, name, 0) === 1),
  ];
  return given.length === 0 ? undefined : { reason: `${given.join(", ")} ${given.length === 1 ? "changes" : "change"} the product`, remedy: "store the operands as they are multiplied" };
};

const wholeBias: Judge = (node) => {
  const { shape } = node.typeOf(node.outputs[0] ?? "") ?? { shape: [] };
  const given = node.inputs[2] ?? null;
  if (given === null || elementCount(shapeOf(node, 2)) === elementCount(shape)) return undefined;
  return { reason: `C [${shapeOf(node, 2).join(",")}] is broadcast to [${shape.join(",")}]`, remedy: "store C in the shape of the result" };
};

const bias: Judge = (node) => ((node.inputs[2] ?? null) === null ? { reason: "C is not given", remedy: "add a C; one of zeros changes results that are -0" } : undefined);

interface Bounds {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly extent: number;
}

/** What a Slice says of each axis it names, as it is written. */
function boundsOf(node: RawNode): readonly Bounds[] {
  const list = (name: string, slot: number): readonly number[] | undefined => {
    const attribute = node.attributes.get(name);
    if (attribute?.kind === "ints") return attribute.value.map(Number);
    const tensor = node.constantOf(node.inputs[slot] ?? "");
    return tensor === undefined ? undefined : [...tensor.data].map(Number);
  };
  const [starts = [], ends = [], axes, steps] = [list("starts", 1), list("ends", 2), list("axes", 3), list("steps", 4)];
  return starts.map((start, k) => ({ start, end: ends[k] ?? 0, step: steps?.[k] ?? 1, extent: shapeOf(node, 0).at(axes?.[k] ?? k) ?? 0 }));
}

function slices(wrong: (bounds: Bounds) => boolean): Judge {
  return (node) => {
    const found = boundsOf(node).find(wrong);
    return found === undefined ? undefined : written(`start ${found.start}, end ${found.end}, step ${found.step} of an extent of ${found.extent}`);
  };
}

function isGiven(name: string, slot: number): Judge {
  return ({ inputs, attributes }) => ((inputs[slot] ?? null) === null && !attributes.has(name) ? written(`${name} ${name === "axes" ? "are" : "is"} not given`) : undefined);
}

const everyAxis: Judge = (node) => {
  const [named, rank] = [boundsOf(node).length, shapeOf(node, 0).length];
  return named === rank ? undefined : written(`${named} of ${rank} axes are named`);
};

const oneType: Judge = (node) => {
  const types = new Set([1, 2, 3, 4].flatMap((slot) => node.typeOf(node.inputs[slot] ?? "")?.type ?? []));
  return types.size <= 1 ? undefined : written(`their types are ${[...types].join(", ")}`);
};

const twoSpatial = axesOf([0], 4, "give X two spatial axes, of extent 1 where there are fewer");

/** By operator and tag. */
export const judges: Readonly<Record<string, Readonly<Record<string, Judge>>>> = {
  ArgMax: { R1: isSet("axis"), R2: isSet("keepdims"), R3: isSet("select_last_index"), R4: fromFront(0), R5: positiveExtent },
  BatchNormalization: { R1: hasValue("training_mode", 0, "export the model for inference") },
  Concat: { R1: fromFront(0) },
  Constant: { R1: isSet("value"), R2: met, R3: met }, // a sparse one is refused by import, a tensor has one type
  Conv: { R1: twoSpatial, R2: notset, R3: groups },
  Gemm: { R1: axesOf([0, 1, 2], 2, "give every operand two axes"), R2: plainProduct, R3: wholeBias, R4: bias },
  LeakyRelu: { R1: isSet("alpha") },
  MatMul: { R1: axesOf([0, 1], 2, "multiply matrices one by one") },
  MaxPool: {
    R1: twoSpatial, R2: isSet("auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"), R3: notset,
    R4: hasValue("ceil_mode", 0, "give the pads that ceil_mode implies"), R5: hasValue("storage_order", 0, "count indices by rows"),
  },
  Slice: {
    R1: isGiven("axes", 3), R2: everyAxis, R3: isGiven("steps", 4), R4: met, R5: met, R6: slices(({ start, end, step }) => step > 0 && start > end),
    R7: slices(({ start, end, step }) => step < 0 && start < end), R8: slices(({ start, extent }) => start >= extent), R9: met, R10: oneType,
  },
  Softmax: { R1: fromFront(-1) },
};
