/** Decoding of TensorProto: every encoding kept apart, none converted yet. */
import { invalid } from "../../ir/prelude.js";
import {
  byteStrings, bytes, has, int64s, type Message, messages, number, numbers, text, uint64s,
} from "./message-fields.js";
import type { OnnxTensor } from "./model.js";

export function decodeTensor(of: Message): OnnxTensor {
  const location = number(of, "data_location");
  if (location !== 0 && location !== 1) {
    invalid("tensor-data", `the data location ${location} does not exist`, text(of, "name"), "export the model again");
  }
  return {
    name: text(of, "name"),
    dims: int64s(of, "dims"),
    dataType: number(of, "data_type"),
    raw: bytes(of, "raw_data"),
    floats: numbers(of, "float_data"),
    int32s: numbers(of, "int32_data"),
    int64s: int64s(of, "int64_data"),
    doubles: numbers(of, "double_data"),
    uint64s: uint64s(of, "uint64_data"),
    strings: byteStrings(of, "string_data").length,
    external: location === 1 ? decodeEntries(of) : undefined,
    segmented: has(of, "segment"),
  };
}

function decodeEntries(of: Message): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const entry of messages(of, "external_data")) {
    const key = text(entry, "key");
    if (entries.has(key)) {
      invalid("external-data", `external data has the key ${key} twice`, text(of, "name"), "keep one entry per key");
    }
    entries.set(key, text(entry, "value"));
  }
  return entries;
}
