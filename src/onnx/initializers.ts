/** The initializers of a graph or subgraph by name. */
import { invalid, unsupported } from "../../ir/prelude.js";
import type { OnnxGraph, OnnxTensor } from "./model.js";

/** Codes: `sparse-tensor`, `no-name`, `duplicate-name`. */
export function initializerTable(graph: OnnxGraph): ReadonlyMap<string, OnnxTensor> {
  const table = new Map<string, OnnxTensor>();
  if (graph.sparseInitializers > 0) {
    unsupported("sparse-tensor", "the model has sparse initializers", undefined, "store them as dense tensors");
  }
  for (const tensor of graph.initializers) {
    if (tensor.name === "") invalid("no-name", "an initializer has no name", undefined, "export the model again");
    if (table.has(tensor.name)) {
      invalid(
        "duplicate-name", `there are two initializers named ${tensor.name}`, tensor.name,
        "name every initializer differently",
      );
    }
    table.set(tensor.name, tensor);
  }
  return table;
}
