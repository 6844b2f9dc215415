/** All vectors of single nodes. */
import { controlFlowVectors } from "./control-flow.js";
import { elementwiseVectors } from "./elementwise.js";
import { movementVectors } from "./movement.js";
import type { NodeVector } from "./vector.js";
import { quantisedVectors } from "./quantised.js";
import { windowVectors } from "./windows.js";

export const nodeVectors: readonly NodeVector[] = [...windowVectors, ...elementwiseVectors, ...movementVectors, ...quantisedVectors, ...controlFlowVectors];
