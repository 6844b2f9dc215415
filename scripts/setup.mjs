/**
 * Brings a checkout to where it can be built and tested: the npm packages of the
 * lock file, and the Debian packages that the tests can use. Quick when there is
 * nothing to do. `npm run demo` needs the npm packages only.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { at, fail, isMain, must, onPath, run } from "./support.mjs";

const oldestNode = [20, 19];

/** What the tests can use, by Debian package: how to see that it is there. */
const debianPackages = [
  { name: "gcc", present: () => onPath("gcc") },
  { name: "libc6-dev", present: () => existsSync("/usr/include/stdio.h") },
  { name: "libflint-arb-dev", present: () => existsSync("/usr/include/arb.h") },
  { name: "libonnx-testdata", present: () => existsSync("/usr/share/libonnx-testdata/data") },
  { name: "make", present: () => onPath("make") },
  { name: "binutils", present: () => onPath("objdump") && onPath("readelf") },
  { name: "clang", present: () => onPath("clang") },
  { name: "z3", present: () => onPath("z3") },
  { name: "cvc5", present: () => onPath("cvc5") },
  { name: "cadical", present: () => onPath("cadical") },
  { name: "coq", present: () => onPath("coqc") },
  { name: "gcc-arm-none-eabi", present: () => onPath("arm-none-eabi-gcc") },
  { name: "libnewlib-arm-none-eabi", present: hasNewlib },
  { name: "qemu-system-arm", present: () => onPath("qemu-system-arm") },
  { name: "gcc-riscv64-unknown-elf", present: () => onPath("riscv64-unknown-elf-gcc") },
  { name: "picolibc-riscv64-unknown-elf", present: hasPicolibc },
  { name: "qemu-system-misc", present: () => onPath("qemu-system-riscv32") },
  { name: "gcc-aarch64-linux-gnu", present: () => onPath("aarch64-linux-gnu-gcc") },
  { name: "libc6-dev-arm64-cross", present: () => existsSync("/usr/aarch64-linux-gnu/include/stdio.h") },
  { name: "qemu-user", present: () => onPath("qemu-aarch64") },
];

function hasNewlib() {
  if (!onPath("arm-none-eabi-gcc")) return false;
  const answer = spawnSync("arm-none-eabi-gcc", ["-print-file-name=libc.a"], { encoding: "utf8" });
  return existsSync(answer.stdout.trim());
}

function hasPicolibc() {
  if (!onPath("riscv64-unknown-elf-gcc")) return false;
  return spawnSync("riscv64-unknown-elf-gcc", ["--specs=picolibc.specs", "-E", "-x", "c", "-"], { input: "#include <math.h>\n" }).status === 0;
}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    fail(`Obligato needs Node.js ${oldestNode.join(".")} or later; this is ${process.versions.node}.`);
  }
}

/** Whether node_modules holds exactly the versions of the lock file. */
function packagesAreFresh() {
  const installed = at("node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const have = JSON.parse(readFileSync(installed, "utf8")).packages;
  const want = JSON.parse(readFileSync(at("package-lock.json"), "utf8")).packages;
  return Object.entries(want).every(
    ([path, entry]) => path === "" || entry.optional === true || have[path]?.version === entry.version,
  );
}

/** Installs the npm packages when they are missing or stale. Does not build. */
export function ensurePackages() {
  checkNode();
  if (packagesAreFresh()) return;
  console.log("setup: installing the npm packages of package-lock.json");
  must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
}

/** Installs the missing Debian packages where that is possible, and names what is missing where it is not. */
export function ensureTools() {
  const missing = debianPackages.filter((candidate) => !candidate.present()).map((candidate) => candidate.name);
  if (missing.length === 0) return;
  if (process.getuid?.() === 0 && onPath("apt-get")) {
    console.log(`setup: installing ${missing.join(" ")}`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
    const installed =
      run("apt-get", ["-qq", "update"], quiet) === 0 &&
      run("apt-get", ["-qq", "install", "-y", "--no-install-recommends", ...missing], quiet) === 0;
    if (!installed) console.log("setup: apt-get failed; the tests that need these packages say so and do nothing");
    return;
  }
  console.log(`setup: not installed: ${missing.join(" ")}`);
  console.log(`setup: the tests that need them say so; on Debian: sudo apt-get install ${missing.join(" ")}`);
}

if (isMain(import.meta.url)) {
  ensurePackages();
  ensureTools();
}
