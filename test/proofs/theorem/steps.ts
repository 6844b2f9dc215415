/** Steps written by hand, one per kind of change that the theorem is meant to allow. */
import type { HandStep } from "./hand-step.js";
import { instanceSteps } from "./instance-steps.js";
import { wireSteps } from "./wire-steps.js";

export { type HandStep, type Twin, stepOf } from "./hand-step.js";

export const handSteps: readonly HandStep[] = [...wireSteps, ...instanceSteps];
