/**
 * The start-up test: rounding, subnormals and contraction by computation, a CRC-32
 * over the bits of the weights, one known input. It is not part of the network and
 * has no proof; the reader requires exactly this text around the data it reads.
 */
import { crc32 } from "node:zlib";
import { invariant } from "../../ir/prelude.js";
import type { Buffer } from "../../ir/loop/program.js";
import { type ElementType, bitsOf, bytesOf, canonicalNaN, isHalf } from "../../ir/scalar/types.js";
import { type Elements, type Tensor, bytesOfElements } from "../../ir/tensor/tensor.js";
import type { GoldenVector } from "../backend.js";
import { hasNonFinite } from "./header-weights.js";
import type { Layout } from "./layout.js";
import { arenaName, cTypes, fileNames, runName, selftestName, statusMacro, weightName } from "./names.js";
import { mathInclude, selftestNotice } from "./notices.js";
import { interfaceOf, selftestParameters, signatureLines } from "./parameters.js";
import { bitsFunctionLines } from "./primitives.js";
import { pushElements } from "./weights-text.js";

/** What the text depends on. */
export type Subject = Pick<Layout, "model" | "program" | "arenas" | "weights" | "golden">;

export function selftestText(layout: Subject): string {
  const parts: string[] = [];
  for (const line of selftestHead(layout)) parts.push(`${line}\n`);
  for (const [name, tensor] of goldenArrays(layout)) {
    parts.push(`\nstatic const ${cTypes[tensor.type]} ${name}[${tensor.data.length}] = {\n`);
    pushElements(parts, tensor.type, tensor.data);
    parts.push("};\n");
  }
  for (const line of selftestCode(layout)) parts.push(`${line}\n`);
  return parts.join("");
}

/** Everything before the data. */
export function selftestHead({ model, weights, golden }: Subject): readonly string[] {
  const names = fileNames(model);
  const tensors = golden === undefined ? [] : [...golden.inputs, ...golden.outputs];
  return [
    selftestNotice,
    `#include "${names.header}"`,
    ...(weights.size > 0 ? [`#include "${names.weightsHeader}"`] : []),
    "#include <stddef.h>",
    ...(tensors.some(hasNonFinite) ? [mathInclude] : []),
  ];
}

/** Name of the array that holds the known value of an input or output. */
export function goldenName(buffer: string): string {
  return `golden_${buffer}`;
}

function goldenArrays({ program, golden }: Subject): readonly (readonly [string, Tensor])[] {
  if (golden === undefined) return [];
  const interfaces = interfaceOf(program);
  const tensors = (kind: Buffer["kind"], values: readonly Tensor[]) => {
    const buffers = interfaces.filter((b) => b.kind === kind);
    invariant(buffers.length === values.length, `golden vector has ${values.length} ${kind}s, the program ${buffers.length}`);
    return buffers.flatMap((b, k) => values.slice(k, k + 1).map((value) => [goldenName(b.name), value] as const));
  };
  return [...tensors("input", golden.inputs), ...tensors("output", golden.outputs)];
}

/** Everything after the data. */
export function selftestCode(layout: Subject): readonly string[] {
  const { weights, golden, program, model } = layout;
  const compared = golden === undefined ? [] : interfaceOf(program).filter(({ kind }) => kind === "output");
  const types = new Set<ElementType>([...weights.values(), ...compared].map(({ type }) => type));
  return [
    ...[...types, ...(types.has("f32") ? [] : (["f32"] as const))].flatMap((type) => ["", ...bitsFunctionLines(type)]),
    ...arithmeticCheck,
    ...(weights.size > 0 ? [...crcStep, ...weightsCheck(layout)] : []),
    ...(golden === undefined ? [] : goldenCheck(layout, golden)),
    "",
    ...signatureLines(`int32_t ${selftestName(model)}`, selftestParameters(layout)),
    "{",
    `    int32_t status = ${statusMacro(model, "OK")};`,
    "    if (!arithmetic_is_ieee754()) {",
    `        status = ${statusMacro(model, "ARITHMETIC")};`,
    ...(weights.size > 0 ? ["    } else if (!weights_are_intact()) {", `        status = ${statusMacro(model, "WEIGHTS")};`] : []),
    "    } else {",
    ...finalLines(layout),
    "    }",
    "    return status;",
    "}",
  ];
}

/** Operands are volatile, so that the target computes and not the compiler. */
const arithmeticCheck: readonly string[] = [
  "",
  "/* Ties go to even, subnormals are neither results nor operands that become zero, a product",
  "   is rounded before it is added to. */",
  "static bool arithmetic_is_ieee754(void)",
  "{",
  "    const volatile float one = 0x1p+0f;",
  "    const volatile float odd = 0x1.000002p+0f;",
  "    const volatile float half_ulp = 0x1p-24f;",
  "    const volatile float least_normal = 0x1p-126f;",
  "    const volatile float half = 0x1p-1f;",
  "    const volatile float subnormal = 0x0.000002p-126f;",
  "    const volatile float factor = 0x1.001p+0f;",
  "    const volatile float square = 0x1.002p+0f;",
  "    const float even_stays = one + half_ulp;",
  "    const float odd_rises = odd + half_ulp;",
  "    const float negative_stays = -one - half_ulp;",
  "    const float small = least_normal * half;",
  "    const float raised = subnormal * 0x1p+126f;",
  "    const float base = factor;",
  "    const float difference = (base * base) - square;",
  "    return (bits_f32(even_stays) == 0x3f800000U) && (bits_f32(odd_rises) == 0x3f800002U)",
  "        && (bits_f32(negative_stays) == 0xbf800000U) && (bits_f32(small) == 0x00400000U)",
  "        && (bits_f32(raised) == 0x34000000U) && (bits_f32(difference) == 0U);",
  "}",
];

/** CRC-32 (polynomial 0xedb88320, as in zlib) over the little-endian bytes, four bits at a time. */
const crcStep: readonly string[] = [
  "",
  "static uint32_t crc_step(uint32_t crc, uint64_t bits, int32_t nibbles)",
  "{",
  "    static const uint32_t table[16] = {",
  "        0x00000000U, 0x1db71064U, 0x3b6e20c8U, 0x26d930acU, 0x76dc4190U, 0x6b6b51f4U, 0x4db26158U, 0x5005713cU,",
  "        0xedb88320U, 0xf00f9344U, 0xd6d6a3e8U, 0xcb61b38cU, 0x9b64c2b0U, 0x86d3d2d4U, 0xa00ae278U, 0xbdbdf21cU",
  "    };",
  "    uint32_t sum = crc;",
  "    for (int32_t i = 0; i < nibbles; i++) {",
  "        sum = (sum >> 4) ^ table[(sum ^ (uint32_t)(bits >> (4 * i))) & 15U];",
  "    }",
  "    return sum;",
  "}",
];

function weightsCheck({ model, weights }: Subject): readonly string[] {
  let crc = 0;
  const loops = [...weights.values()].flatMap(({ type, data }, k) => {
    crc = crc32(bytesOfElements(canonicalised(type, data)), crc);
    return [
      `    for (int32_t i = 0; i < ${data.length}; i++) {`,
      `        crc = crc_step(crc, bits_${type}(${weightName(model, k)}[i]), ${bytesOf[type] * 2});`,
      "    }",
    ];
  });
  return [
    "",
    "static bool weights_are_intact(void)",
    "{",
    "    uint32_t crc = 0xffffffffU;",
    ...loops,
    `    return (crc ^ 0xffffffffU) == 0x${(crc >>> 0).toString(16).padStart(8, "0")}U;`,
    "}",
  ];
}

/** The same elements with every NaN the canonical one, as the C text has them. */
export function canonicalised(type: ElementType, data: Elements): Elements {
  if (isHalf(type)) return Uint16Array.from(data, (bits: number | bigint) => Number(bitsOf(type, bits)));
  if (data instanceof Float32Array && data.some(Number.isNaN)) {
    const bits = new Uint32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
    return bits.map((x, k) => (Number.isNaN(data[k]) ? Number(canonicalNaN.f32) : x));
  }
  if (data instanceof Float64Array && data.some(Number.isNaN)) {
    const bits = new BigUint64Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
    return bits.map((x, k) => (Number.isNaN(data[k]) ? canonicalNaN.f64 : x));
  }
  return data;
}

function goldenCheck({ program }: Subject, golden: GoldenVector): readonly string[] {
  const outputs = interfaceOf(program).filter(({ kind }) => kind === "output");
  const parameters = outputs.map((b, k) => `const ${cTypes[b.type]} ${b.name}[${golden.outputs[k]?.data.length ?? 0}]`);
  const loops = outputs.flatMap((b, k) => [
    `    for (int32_t i = 0; i < ${golden.outputs[k]?.data.length ?? 0}; i++) {`,
    `        same = same && (bits_${b.type}(${b.name}[i]) == bits_${b.type}(${goldenName(b.name)}[i]));`,
    "    }",
  ]);
  return ["", ...signatureLines("static bool outputs_are_golden", parameters), "{", "    bool same = true;", ...loops, "    return same;", "}"];
}

/** With a known input: run and compare. Without: refuse null arguments as the entry point would. */
function finalLines({ model, program, arenas, golden }: Subject): readonly string[] {
  const interfaces = interfaceOf(program);
  const outputs = interfaces.filter(({ kind }) => kind === "output").map(({ name }) => name);
  const lent = [...arenas.keys()].map(arenaName);
  if (golden === undefined) {
    const missing = [...outputs, ...lent].map((name) => `(${name} == NULL)`).join(" || ");
    return [`        status = (${missing}) ? ${statusMacro(model, "NULL_ARGUMENT")} : ${statusMacro(model, "OK")};`];
  }
  const given = interfaces.map(({ kind, name }) => (kind === "input" ? goldenName(name) : name));
  return [
    `        status = ${runName(model)}(${[...given, ...lent].join(", ")});`,
    `        if ((status == ${statusMacro(model, "OK")}) && !outputs_are_golden(${outputs.join(", ")})) {`,
    `            status = ${statusMacro(model, "GOLDEN")};`,
    "        }",
  ];
}
