/** The engine's flag: set on the line of Node that has it, silently, and on no other. */
import { spawnSync } from "node:child_process";
import test from "ava";
import { tuneEngine } from "../src/engine.js";

test("on the line it was measured for the engine gets one flag, on others none", (t) => {
  const flags: string[] = [];
  const given = (version: string): boolean => tuneEngine(version, (flag) => { flags.push(flag); });
  t.true(given("20.19.0"));
  t.deepEqual(flags, ["--interrupt-budget=400000"]);
  for (const version of ["18.20.1", "22.12.0", "24.0.0", "200.1.0"]) t.false(given(version), version);
  t.is(flags.length, 1);
});

test("whatever Node runs it, the program starts without a word about flags", (t) => {
  const { status, stderr } = spawnSync(process.execPath, ["bin/obligato.mjs", "--version"], { encoding: "utf8" });
  t.is(status, 0);
  t.is(stderr, "");
});

test("a flag that an engine does not know is only printed: it would not end the program, but be seen", (t) => {
  const { status, stderr } = spawnSync(process.execPath, ["-e", 'require("node:v8").setFlagsFromString("--no-such-flag-of-any-engine=1")'], { encoding: "utf8" });
  t.is(status, 0);
  t.regex(stderr, /no-such-flag/);
});
