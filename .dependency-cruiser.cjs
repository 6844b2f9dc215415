/**
 * Import boundaries (ARCHITECTURE.md has the picture):
 *   ir ← proofs, wcet, backends ← src ← src/cli
 * test/conventions/boundaries.test.ts plants a breach of every rule and expects it to be reported.
 */
const layers = "^(ir|proofs|wcet|backends|src)/";

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "A cycle has no reading order.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolved",
      comment: "An import that leads nowhere is not checked by any other rule.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "ir-stands-alone",
      comment: "What programs mean depends on nothing that transforms, proves or prints them.",
      severity: "error",
      from: { path: "^ir/" },
      to: { path: layers, pathNot: "^ir/" },
    },
    {
      name: "proofs-wcet-backends-import-ir-only",
      comment: "The three never see each other nor the pipeline, so none can adapt to another's mistake.",
      severity: "error",
      from: { path: "^(proofs|wcet|backends)/" },
      to: { path: layers, pathNot: "^(ir|$1)/" },
    },
    {
      name: "z3-in-one-place",
      comment: "The solver's pitfalls (docs/adr/0002) are handled in proofs/provers/z3*.ts and nowhere else.",
      severity: "error",
      from: { pathNot: "^proofs/provers/z3[^/]*\\.ts$" },
      to: { path: "(^|/)node_modules/z3-solver(/|$)" },
    },
    {
      name: "kernel-has-no-packages",
      comment: "The trusted kernel is read whole: nothing enters it from outside this repository.",
      severity: "error",
      from: { path: "^proofs/kernel/" },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-bundled", "npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "passes-are-strangers",
      comment: "A pass can be read, skipped and removed alone; what two need is in src/passes/shared.",
      severity: "error",
      from: { path: "^src/passes/(?!shared/)([^/.]+)" },
      to: { path: "^src/passes/", pathNot: "^src/passes/(shared/|$1[/.])" },
    },
    {
      name: "nothing-imports-the-command-line",
      comment: "The command line is a way in, not a library.",
      severity: "error",
      from: { pathNot: "^(src/cli|test)/" },
      to: { path: "^src/cli/" },
    },
    {
      name: "audit-is-independent",
      comment: "Who checks a package takes no word of who made it: an audit imports what is trusted anyway, and formats.",
      severity: "error",
      from: { path: "^src/audit/" },
      to: {
        path: layers,
        pathNot: "^(ir/|proofs/(?!provers/(cache|discharge|cheap|trivial|interval|saturate|pieces?|cadical)\\.ts)|backends/(backend\\.ts|c/(read|round-trip))|wcet/|src/(audit|onnx)/|src/text-claims\\.ts|src/numeric/lemma-stage\\.ts|src/evidence/(certificates|counts|fixed-inputs|manifest|numeric-again|package-facts|package-files|rules|target-files|trusted-lines|version|witness-text)\\.ts)",
      },
    },
    {
      name: "audit-reaches-no-pass",
      comment: "Nor by a detour: nothing that an audit imports leads to a pass, a schedule, the driver or a cache.",
      severity: "error",
      from: { path: "^src/audit/" },
      to: { path: "^(src/(passes|lower|schedule|mutate|toolchain|testing|cli)/|src/compose/(?!coverage)|src/(driver|pipeline|schedule|steps|pass|emit-code)\\.ts|proofs/provers/(cache|discharge|cheap|trivial|interval)\\.ts)", reachable: true },
    },
    {
      name: "no-dev-dependencies-in-the-product",
      comment: "A package that only developers install would be missing at the user's.",
      severity: "error",
      from: { path: layers },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "node_modules/@types/" },
    },
    {
      name: "product-does-not-import-tests",
      severity: "error",
      from: { path: layers },
      to: { path: "^(test|bench|scripts|examples)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js"], exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
