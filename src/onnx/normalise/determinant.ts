/**
 * Det: the determinants of square matrices of up to four rows, expanded along the first row:
 * |A| = a₀₀·|A₀₀| − a₀₁·|A₀₁| + …, left to right, minors likewise. Greater ones are refused:
 * elimination would choose its pivots by the data, and n! terms are no way to compute them.
 */
import { invalid } from "../../../ir/prelude.js";
import { type Composition, composed } from "./compose.js";
import { type Normaliser, allowOnly, inputName, inputType, refuseValue } from "./node.js";

const mostRows = 4;

export const determinant: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  const { shape } = inputType(node, 0);
  const [rows, columns] = [shape.at(-2), shape.at(-1)];
  if (rows === undefined || rows !== columns) return invalid("shape-mismatch", `Det of [${shape.join(",")}]: its last two axes are no square`, node.name, "give square matrices");
  if (rows > mostRows) return refuseValue(node, "matrices", `${rows} rows`, `use matrices of up to ${mostRows} rows`);
  const element = elements(made, inputName(node, 0), shape.length);
  made.output(0, "Identity", [expansion(made, element, 0, Array.from({ length: rows }, (_, column) => column))]);
});

/** The tensors of single elements, each made once. */
function elements(made: Composition, x: string, rank: number): (row: number, column: number) => string {
  const known = new Map<string, string>();
  const pick = (from: string, axis: number, index: number): string => {
    const key = `${from} ${axis} ${index}`;
    const name = known.get(key) ?? made.node("Gather", [from], { axis, indices: [index], indexShape: [] });
    known.set(key, name);
    return name;
  };
  return (row, column) => pick(pick(x, rank - 2, row), rank - 2, column);
}

/** The determinant of the rows from `row` on in the columns `columns`. */
function expansion(made: Composition, element: (row: number, column: number) => string, row: number, columns: readonly number[]): string {
  const terms = columns.map((column, k) => {
    const minor = columns.toSpliced(k, 1);
    return minor.length === 0 ? element(row, column) : made.node("Mul", [element(row, column), expansion(made, element, row + 1, minor)]);
  });
  return terms.reduce((sum, term, k) => made.node(k % 2 === 1 ? "Sub" : "Add", [sum, term]));
}
