/**
 * The formats of annotated C. Sources: the pragmas of TACLeBench (tacle/tacle-bench
 * 9270606), AIS comments in public code and platin's exporter for `begin` and `end`
 * (t-crest/patmos-platin ee292b9), the manual of CompCert for its builtin, annot.h and
 * Annotations.cc of Heptane (ctessler/heptane-bundle 2ab2f78).
 */
import { soundBuild } from "../facts/lines.js";
import { type SourceFormat, sourceCount, sourceRefusal } from "./source-format.js";

/** Body iterations of the loop that follows, for compilers that carry flow facts (WCC, patmos-clang); others ignore the pragma. */
const tacle: SourceFormat = {
  name: "tacle", extension: "c", title: "TACLeBench pragmas",
  head: [],
  annotate: (line, bound) => line.replace("for (", `_Pragma("loopbound min ${bound} max ${bound}") for (`),
  read: (line) => reading("TACLeBench pragmas", line, "_Pragma(", /^( *)_Pragma\("loopbound min (\d+) max (\d+)"\) (for \(.*)$/, (before, min, max, after) => equal("TACLeBench pragmas", min, max, `${before}${after}`)),
};

/** Comments for aiT; `begin` says that the test stands at the loop's start, so the body is counted. */
export const aisComments: SourceFormat = {
  name: "ais-comments", extension: "c", title: "aiT, AIS comments",
  head: [`/* ${soundBuild} */`],
  annotate: (line, bound) => `${line} /* ai: loop here min ${bound} max ${bound} begin; */`,
  read: (line) => reading("AIS comments", line, "/* ai:", /^(.*) \/\* ai: loop here min (\d+) max (\d+) begin; \*\/()$/, (bare, min, max) => equal("AIS comments", min, max, bare)),
};

/**
 * The first statement of the body: an event that CompCert keeps through every pass and
 * ties to the address of the code there. What its bound counts is not public: as runs of
 * the header, the larger number, it is one more than iterations.
 */
const compcert: SourceFormat = {
  name: "compcert", extension: "c", title: "aiT through CompCert, __builtin_ais_annot",
  head: [],
  annotate: (line, bound) => `${line} __builtin_ais_annot("loop %here bound: 0..${bound + 1};");`,
  read: (line) => reading("CompCert", line, "__builtin_ais_annot", /^(.*) __builtin_ais_annot\("loop %here bound: (0)\.\.(\d+);"\);()$/, (bare, _low, high) => ({ bare, bound: sourceCount("CompCert", high) - 1 })),
};

/**
 * Records of address and bound in `.wcet_annot`, made by the marks at the end of each
 * body; Heptane gives one to the innermost loop around the address. It bounds runs of the
 * nodes of the loop but its header, iterations of the body; for code compiled without
 * optimisation, as it asks for: a loop of a single block is none to it.
 */
const heptane: SourceFormat = {
  name: "heptane", extension: "c", title: "Heptane, records of the loops in .wcet_annot",
  head: [
    "/* Compile without optimisation: Heptane finds no loop in a block that jumps to itself. */",
    `#define LOOP_BOUND(id, bound) __asm__ volatile("1:\\n\\t.pushsection .wcet_annot\\n\\t.long 1b\\n\\t.long 1\\n\\t.long " #bound "\\n\\t.popsection" ::)`,
  ],
  annotate: (line, bound) => `${line} /* maxiter ${bound} */`,
  read: (line) => reading("Heptane", line, "/* maxiter", /^(.*) \/\* maxiter (\d+) \*\/()()$/, (bare, bound) => ({ bare, bound: sourceCount("Heptane", bound) })),
};

export const sourceFormats: readonly SourceFormat[] = [tacle, aisComments, compcert, heptane];

type Read = ReturnType<SourceFormat["read"]>;

/** A line with the `sign` of an annotation must be one whole. */
function reading(title: string, line: string, sign: string, whole: RegExp, found: (a: string, b: string, c: string, d: string) => Read): Read {
  if (!line.includes(sign)) return undefined;
  const [, a, b, c, d] = whole.exec(line) ?? [];
  if (a === undefined || b === undefined) throw sourceRefusal(title, line.trim());
  return found(a, b, c ?? "", d ?? "");
}

function equal(title: string, min: string, max: string, bare: string): Read {
  const bound = sourceCount(title, max);
  if (sourceCount(title, min) !== bound) throw sourceRefusal(title, `${min} to ${max} iterations`);
  return { bare, bound };
}
