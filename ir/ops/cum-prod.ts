/** CumProd along `axis`, see shared/cumulative: S[t] = S[t − 1] · X[t], beginning with 1 where it is exclusive. */
import { cumulative } from "./shared/cumulative.js";

export const cumProd = cumulative("CumProd", { name: "mul", neutral: 1 });
