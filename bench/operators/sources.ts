/**
 * Declarations of the sources and what they reach: from a declaration along the names it
 * uses, within its file and through imports, as far as the given folders go. Names are
 * taken as written; a parameter that hides a declaration of the same name is not noticed.
 */
import { join, posix } from "node:path";
import { Node, Project, type SourceFile, SyntaxKind } from "ts-morph";

/** Syntax trees of the files under `folders`, which are relative to `root`. */
export function sourcesOf(root: string, ...folders: readonly string[]): Project {
  const project = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true, skipLoadingLibFiles: true });
  project.addSourceFilesAtPaths(folders.map((folder) => join(root, folder, "**/*.ts")));
  return project;
}

/** Path of a file below `root`, with slashes. */
export function pathBelow(root: string, source: SourceFile): string {
  return posix.relative(root.replaceAll("\\", "/"), source.getFilePath());
}

/** The function or variable `name` at the top of a file. */
function topLevel(source: SourceFile, name: string): Node | undefined {
  return source.getFunction(name) ?? source.getVariableDeclaration(name);
}

/** What `name` means in `source`: a declaration of it, or of the file it is imported from. */
export function declarationOf(source: SourceFile, name: string): Node | undefined {
  const own = topLevel(source, name);
  if (own !== undefined) return own;
  for (const line of source.getImportDeclarations()) {
    const specifier = line.getNamedImports().find((it) => (it.getAliasNode()?.getText() ?? it.getName()) === name);
    if (specifier === undefined) continue;
    const path = posix.join(posix.dirname(source.getFilePath()), line.getModuleSpecifierValue().replace(/\.js$/, ".ts"));
    const target = source.getProject().getSourceFile(path);
    return target === undefined ? undefined : topLevel(target, specifier.getName());
  }
  return undefined;
}

/** `start` and every declaration it leads to. */
export function reachedFrom(start: Node): readonly Node[] {
  const reached = new Set<Node>([start]);
  for (const declaration of reached) {
    for (const name of usedNames(declaration)) {
      const found = declarationOf(declaration.getSourceFile(), name);
      if (found !== undefined) reached.add(found);
    }
  }
  return [...reached];
}

/** Names that are values: neither members nor keys. */
function usedNames(node: Node): ReadonlySet<string> {
  const names = node.getDescendantsOfKind(SyntaxKind.Identifier).filter((name) => {
    const parent = name.getParent();
    if (Node.isPropertyAccessExpression(parent)) return parent.getExpression() === name;
    return !Node.isPropertyAssignment(parent) || parent.getInitializer() === name;
  });
  return new Set(names.map((name) => name.getText()));
}

/** Calls of one of the functions `names` within the declarations. */
export function callsOf(declarations: readonly Node[], ...names: readonly string[]) {
  return declarations.flatMap((node) => node.getDescendantsOfKind(SyntaxKind.CallExpression))
    .filter((call) => names.includes(call.getExpression().getText()));
}

/** A text as it stands in the source, `op` for the node's operator and `…` for what else is put in. Undefined for what is no text. */
export function wording(node: Node | undefined, op = "…"): string | undefined {
  if (Node.isStringLiteral(node) || Node.isNoSubstitutionTemplateLiteral(node)) return node.getLiteralText();
  if (!Node.isTemplateExpression(node)) return undefined;
  return node.getHead().getLiteralText() + node.getTemplateSpans().map((span) => `${span.getExpression().getText() === "node.op" ? op : "…"}${span.getLiteral().getLiteralText()}`).join("");
}

/** The text of a documentation comment that `text` begins with, its lines kept. */
export function headingOf(text: string): string {
  const [, body = ""] = /^\s*\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  return body.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd()).join("\n").trim();
}

/** The comments before a declaration, joined into one line each. */
export function commentsOf(declaration: Node): readonly string[] {
  const holder = Node.isVariableDeclaration(declaration) ? declaration.getVariableStatement() : declaration;
  if (!Node.isJSDocable(holder)) return [];
  return holder.getJsDocs().map((doc) => headingOf(doc.getText()).replaceAll("\n", " "));
}
