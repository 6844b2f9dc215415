/** Lint rules: typescript-eslint's strictest type-checked set, plus the high-integrity subset of CONTRIBUTING.md. */
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["dist/", "out/", "node_modules/", "coverage/"] },
  {
    files: ["**/*.{js,mjs,cjs}"],
    languageOptions: { globals: { process: "readonly", console: "readonly", Buffer: "readonly", URL: "readonly" } },
    rules: { "no-undef": "error", "no-unused-vars": "error", "prefer-const": "error", eqeqeq: "error" },
  },
  { files: ["**/*.cjs"], languageOptions: { globals: { module: "writable" } } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: "error",
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 60],
      "max-params": ["error", 5],
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Messages are made of numbers.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      // Takes the element type of several typed arrays for one, and finds `as never` needless.
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      // Takes a variable that a closure assigns for a constant.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "no-restricted-syntax": [
        "error",
        // `as never` is how an element is stored into one of several typed arrays.
        {
          selector: 'TSAsExpression[typeAnnotation.type!="TSNeverKeyword"][typeAnnotation.typeName.name!="const"], TSTypeAssertion',
          message: "No type assertions but `as const`, and `as never` for typed arrays: narrow with a check.",
        },
        { selector: "ExportDefaultDeclaration", message: "No default exports: one name everywhere." },
        { selector: "TSEnumDeclaration", message: "Use a union of literals." },
        { selector: "TSModuleDeclaration", message: "Use modules, not namespaces." },
      ],
    },
  },
  {
    // Tests read JSON whose form they then assert, and hold long tables of cases; test/conventions has the other bans.
    files: ["test/**/*.ts"],
    rules: {
      "max-lines-per-function": "off",
      "no-restricted-syntax": "off",
      // The classes of ts-morph are mixins, which the rule takes for strangers.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
    },
  },
  // As in tests: the classes of ts-morph are mixins.
  { files: ["bench/operators/*.ts"], rules: { "@typescript-eslint/no-unsafe-class-instance-assignment": "off" } },
  { files: ["src/cli/**/*.ts", "bench/**/*.ts", "scripts/**/*.ts"], rules: { "no-console": "off" } },
);
