/** What no tracked file may contain: hosts of package registries, paths of one machine, build outputs. */
import { statSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { root, textOf, trackedFiles } from "./checkout.js";

const files = trackedFiles();
const texts = files.filter((path) => !/\.(onnx|pb|png|pdf|bin|elf)$/.test(path));

// Put together from parts, so that this file does not contain them.
const registries = [
  ["registry", "npmjs", "org"], ["registry", "yarnpkg", "com"], ["pypi", "org"], ["files", "pythonhosted", "org"],
  ["deb", "debian", "org"], ["crates", "io"], ["proxy", "golang", "org"], ["repo1", "maven", "org"],
].map((parts) => parts.join("."));
const machinePath = new RegExp(`(^|[\\s"'\`(=:])/(${["home", "root", "Users", "work"].join("|")})/[A-Za-z0-9._-]`, "m");

function filesWith(found: (text: string) => boolean): readonly string[] {
  return texts.filter((path) => found(textOf(path)));
}

test("hygiene: there is something to check", (t) => {
  t.true(files.includes("package-lock.json"));
});

test("hygiene: no file names a package registry", (t) => {
  t.deepEqual(filesWith((text) => registries.some((host) => text.includes(host))), []);
  t.notRegex(textOf("package-lock.json"), /"resolved"/);
});

test("hygiene: no file contains an absolute path of somebody's machine", (t) => {
  t.deepEqual(filesWith((text) => machinePath.test(text)), []);
});

test("hygiene: dependencies are pinned to exact versions", (t) => {
  const manifest = JSON.parse(textOf("package.json")) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const versions = Object.entries({ ...manifest["dependencies"], ...manifest["devDependencies"] });
  t.true(versions.length > 0);
  t.deepEqual(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)), []);
});

test("hygiene: no build output is tracked, and no file is larger than a megabyte", (t) => {
  t.deepEqual(files.filter((path) => /^(dist|out|node_modules|coverage)\//.test(path)), []);
  t.deepEqual(files.filter((path) => statSync(join(root, path)).size > 2 ** 20), []);
});
