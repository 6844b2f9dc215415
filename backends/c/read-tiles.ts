/** Reads tiles of quads (tile.ts) and where their addresses move (tile-walk.ts): each becomes the loops that it stands for. */
import type { Buffer, Load, Loop, Node, Store } from "../../ir/loop/program.js";
import type { Cursor } from "./cursor.js";
import { dotOperand, dotValue, quadSteps } from "./dot.js";
import { type FileScope, type FunctionScope, type ReadWalk, declare } from "./function-scope.js";
import { type LoopAnnotation, readLoopComment, readStoreComment, seesLoopComment } from "./read-annotations.js";
import { readShorts, requireQuad } from "./read-records.js";
import { type TileLoads, type TileRoles, type TileShape, columnsOf, placeOf, rolesOf, tileIndices, tileName, tileShapes } from "./tile.js";
import { addressLines, tileLines } from "./tile-text.js";
import { type WalkLoop, isWalked, leadsTo } from "./tile-walk.js";

/** The shapes of the tiles that are defined next, if any. */
export function readTileDefinitions(cursor: Cursor, { dots }: FileScope): readonly TileShape[] {
  if (!cursor.sees("typedef") || !dots.has(quadSteps)) return [];
  cursor.expectText(addressLines);
  return tileShapes.filter((shape) => {
    const defined = cursor.sees(tileName(shape), 4); // behind two lines of the preprocessor, a token each
    if (defined) cursor.expectText(tileLines(shape));
    return defined;
  });
}

/** `tile_of_i16 tile_now = tile_at(…)`, the loops, and the end of the block; what moves has to lead to the tile. */
export function readWalk(cursor: Cursor, scope: FunctionScope, readLoops: () => Node): Node {
  const { file } = scope;
  if (file.walk !== undefined || file.tiles.length === 0) cursor.fail("no tile can begin here");
  cursor.expect("tile_of_i16", "tile_now", "=", "tile_at");
  const [first, second, weights] = [readQuad(cursor, scope, "("), readQuad(cursor, scope, ","), readQuad(cursor, scope, ",")];
  cursor.expect(")", ";");
  const walk: ReadWalk = { start: { columns: [first, second], weights }, tile: undefined, moves: new Map() };
  file.walk = walk;
  const node = readLoops();
  file.walk = undefined;
  cursor.expect("}");
  const { tile, start } = walk;
  if (tile === undefined) return cursor.fail("addresses of no tile");
  const loops = walkedLoops(node, walk) ?? cursor.fail("a tile of which the loops around do more");
  if (!leadsTo({ start, loops, tile }, file.buffers)) cursor.fail("the addresses do not move as the tile says that it reads");
  return node;
}

/** The loops around the tile, with nothing else in them. */
function walkedLoops(node: Node, walk: ReadWalk): readonly WalkLoop[] | undefined {
  if (node === walk.tile?.loop) return [];
  if (node.kind !== "loop" || !isWalked(node)) return undefined;
  const { variable, extent, body: [child, ...others] } = node;
  const inner = child === undefined || others.length > 0 ? undefined : walkedLoops(child, walk);
  return inner === undefined ? undefined : [{ variable, extent, move: walk.moves.get(variable) ?? { image: 0, weights: 0 } }, ...inner];
}

/** The rest of `tile_moved(&tile_now, elements, weights);`, the last statement of a loop. */
export function readMove(cursor: Cursor, { file, loops }: FunctionScope): void {
  const walk = file.walk ?? cursor.fail("no addresses move here");
  const loop = [...loops.keys()].at(-1) ?? cursor.fail("addresses move in loops");
  cursor.expect("(", "&", "tile_now", ",");
  const image = cursor.integer();
  cursor.expect(",");
  walk.moves.set(loop, { image, weights: cursor.integer() });
  cursor.expect(")", ";");
  if (!cursor.sees("LOOP_BOUND")) cursor.fail("addresses move at the end of an iteration");
}

/** The loops of a tile, after the comment of the first. */
export function readTile(cursor: Cursor, scope: FunctionScope, first: LoopAnnotation): Loop {
  const { file } = scope;
  const walk = file.walk ?? cursor.fail("a tile without addresses");
  if (walk.tile !== undefined) cursor.fail("two tiles with the same addresses");
  const annotations = [first];
  while (seesLoopComment(cursor)) annotations.push(declared(cursor, scope));
  const { name, origin } = readStoreComment(cursor);
  const { line } = cursor.peek();
  for (const { variable, extent } of annotations) file.bounds.push({ loop: variable, bound: extent, file: file.file, line, called: true });
  const shape = file.tiles.find((of) => cursor.accept(tileName(of))) ?? cursor.fail("no tile that is defined above");
  const roles = rolesOf(annotations, shape) ?? cursor.fail(`no loops of ${tileName(shape)}`);
  const operands = readOperands(cursor, scope, shape);
  const store: Store = { kind: "store", name, origin, ...storeOf(cursor, { ...operands, shape, roles }, file) };
  const inside = (depth: number): Node => {
    const annotation = annotations[depth];
    return annotation === undefined ? store : { kind: "loop", ...annotation, body: [inside(depth + 1)] };
  };
  const loop: Loop = { kind: "loop", ...first, body: [inside(1)] };
  walk.tile = { ...operands.loads, shape, loop };
  return loop;
}

function declared(cursor: Cursor, scope: FunctionScope): LoopAnnotation {
  const annotation = readLoopComment(cursor);
  if (annotation.mode !== "unrolled") cursor.fail("a tile stands for unrolled loops");
  declare(annotation.variable, scope.file, cursor);
  return annotation;
}

/** Behind a bracket or a comma, `&array[subscript]`, where four elements start at an address that 8 divides. */
function readQuad(cursor: Cursor, scope: FunctionScope, before: "(" | ","): Load {
  cursor.expect(before);
  const { buffer, load } = readShorts(cursor, scope);
  requireQuad(cursor, scope, load, buffer);
  return load;
}

/** `(&tile_now, sums, &x[…], &w[…]);` with an x for each column. */
function readOperands(cursor: Cursor, scope: FunctionScope, shape: TileShape): { readonly sums: Buffer; readonly loads: TileLoads } {
  cursor.expect("(", "&", "tile_now", ",");
  const name = cursor.expectKind("word", "the sums");
  const sums = scope.bound.get(name) ?? cursor.fail(`\`${name}\` is no buffer of this function`);
  if (sums.constant || sums.owner !== undefined) cursor.fail(`${name} has no sums that can be written here`);
  const loads = { columns: columnsOf(shape).map(() => readQuad(cursor, scope, ",")), weights: readQuad(cursor, scope, ",") };
  cursor.expect(")", ";");
  return { sums: sums.buffer, loads };
}

interface Read {
  readonly sums: Buffer;
  readonly loads: TileLoads;
  readonly shape: TileShape;
  readonly roles: TileRoles;
}

function storeOf(cursor: Cursor, { sums, loads, shape, roles }: Read, { buffers }: FileScope): Pick<Store, "buffer" | "index" | "value"> {
  const { columns: [x], weights } = loads;
  const at = tileIndices(loads, placeOf(roles), shape, { sums, buffers });
  const [image, packed] = [x, weights].map((load) => buffers.get(load?.buffer ?? ""));
  if (x === undefined || at === undefined || image === undefined || packed === undefined) return cursor.fail("no tile of these buffers");
  if (loads.columns.some(({ buffer }) => buffer !== x.buffer)) cursor.fail("columns of two buffers");
  const before: Load = { kind: "load", buffer: sums.name, index: at.sum };
  return { buffer: sums.name, index: at.sum, value: dotValue(before, dotOperand({ ...x, index: at.x }, image), dotOperand({ ...weights, index: at.w }, packed)) };
}
