/** Which versions of the format and of the standard operators are read. */
import { invalid, unsupported } from "../../ir/prelude.js";
import type { OnnxModel, Opsets } from "./model.js";

/** IR versions: 3 is the first with the present form of operator sets, 14 is that of ONNX 1.22. */
const irVersions = [3n, 14n] as const;

/** Operator sets of ai.onnx: what 7 and those before it changed is in normalise/early-opsets.ts; 27 is that of ONNX 1.22. */
const opsets = [1n, 27n] as const;

/** Codes: `ir-version`, `no-opset`, `opset`. */
export function checkVersions(model: OnnxModel): void {
  const [first, last] = irVersions;
  if (model.irVersion < first || model.irVersion > last) {
    unsupported(
      "ir-version", `the model has IR version ${model.irVersion}; versions ${first} to ${last} are read`, undefined,
      "convert it with onnx.version_converter or export it again",
    );
  }
  if (model.opsets.size === 0) invalid("no-opset", "the model imports no operator set", undefined, "export the model again");
  for (const [domain, version] of model.opsets) checkOpset(domain, version, undefined);
}

function checkOpset(domain: string, version: bigint, where: string | undefined): void {
  const [first, last] = opsets;
  if (domain === "" && (version < first || version > last)) {
    unsupported(
      "opset", `the model uses ai.onnx opset ${version}; opsets ${first} to ${last} are read`, where,
      `convert it to opset ${version < first ? "13" : String(last)} with onnx.version_converter`,
    );
  }
  if (version < 1n || version > 2n ** 31n) {
    invalid("opset", `operator set ${domain} has version ${version}`, where, "export the model again");
  }
}

/** The version in force for a node of `domain`; refuses with `no-opset` when it is not imported. */
export function opsetOf(imported: Opsets, domain: string, node: string): number {
  const version = imported.get(domain);
  if (version === undefined) {
    return invalid(
      "no-opset", `node ${node} is of the domain ${domain || "ai.onnx"}, which the model does not import`, node,
      "add its opset_import and export again",
    );
  }
  checkOpset(domain, version, node);
  return Number(version);
}
