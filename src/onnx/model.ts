/**
 * An ONNX file as decoded: one to one with the messages of the specification, no
 * default applied, nothing interpreted. Integers of 64 bits are bigint. Strings that
 * the file does not have are "".
 */

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly bigint[];
  /** TensorProto.DataType; 0 when missing. */
  readonly dataType: number;
  /** A view of the file's bytes. */
  readonly raw: Uint8Array | undefined;
  readonly floats: readonly number[];
  readonly int32s: readonly number[];
  readonly int64s: readonly bigint[];
  readonly doubles: readonly number[];
  readonly uint64s: readonly bigint[];
  readonly strings: number;
  /** Keys and values of `external_data` when `data_location` is EXTERNAL. */
  readonly external: ReadonlyMap<string, string> | undefined;
  readonly segmented: boolean;
}

export type OnnxAttribute =
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly bigint[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: OnnxTensor }
  /** In a function body: the attribute of that name at the call. */
  | { readonly kind: "reference"; readonly name: string }
  | { readonly kind: "graph"; readonly value: OnnxGraph }
  /** A list of graphs, which no operator has, and what is kept out of the way. */
  | { readonly kind: "graphs" | "other" };

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  /** "" and "ai.onnx" are the same domain; decoding leaves only "". */
  readonly domain: string;
  readonly overload: string;
  /** "" is an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** A literal extent, the name of a symbolic one, or neither. */
export type OnnxDim =
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "unknown" };

export type OnnxType =
  | {
      readonly kind: "tensor";
      readonly dataType: number;
      /** undefined: not even the rank is known. */
      readonly dims: readonly OnnxDim[] | undefined;
    }
  | { readonly kind: "sequence" | "map" | "optional" | "sparse" | "opaque" | "missing" };

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: OnnxType;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly sparseInitializers: number;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly valueInfos: readonly OnnxValueInfo[];
}

/** Version of each operator set by domain. */
export type Opsets = ReadonlyMap<string, bigint>;

export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes without default. */
  readonly attributes: readonly string[];
  readonly defaults: ReadonlyMap<string, OnnxAttribute>;
  readonly nodes: readonly OnnxNode[];
  readonly opsets: Opsets;
}

export interface OnnxModel {
  readonly irVersion: bigint;
  readonly producer: string;
  readonly opsets: Opsets;
  readonly graph: OnnxGraph;
  readonly functions: readonly OnnxFunction[];
  readonly trainingGraphs: number;
  /** Fields of the file that the schema does not have. */
  readonly unknownFields: number;
}
