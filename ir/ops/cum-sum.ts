/** CumSum along `axis`, see shared/cumulative: S[t] = S[t − 1] + X[t], beginning with 0 where it is exclusive. */
import { cumulative } from "./shared/cumulative.js";

export const cumSum = cumulative("CumSum", { name: "add", neutral: 0 });
