/**
 * Line tables of an ELF (DWARF 4, section 6.2; versions 2 and 3 differ in a field): which
 * source line each address comes from. A section that does not follow the format, or has
 * a unit of another version, has no rows.
 */
import { type Elf, sectionNamed } from "./elf.js";

export interface LineRow {
  readonly address: number;
  /** Base name. */
  readonly file: string;
  readonly line: number;
  /** The first address after the code that the rows before describe. */
  readonly end: boolean;
}

/** In the order of the table; undefined where it cannot be read. */
export function lineRows(elf: Elf): readonly LineRow[] | undefined {
  const bytes = sectionNamed(elf, ".debug_line")?.bytes ?? new Uint8Array(0);
  const rows: LineRow[] = [];
  try {
    for (let at = 0; at < bytes.length; ) {
      const unit = new Reader(bytes, at);
      const end = unit.word() + at + 4;
      if (end > bytes.length) return undefined;
      rows.push(...rowsOfUnit(new Reader(bytes.subarray(0, end), at + 4)));
      at = end;
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return rows;
}

/** Little-endian fields one after the other; a RangeError beyond the end. */
class Reader {
  at: number;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, at: number) {
    this.at = at;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.at >= this.view.byteLength;
  }

  byte(): number {
    return this.view.getUint8(this.at++);
  }

  half(): number {
    return this.view.getUint16((this.at += 2) - 2, true);
  }

  word(): number {
    return this.view.getUint32((this.at += 4) - 4, true);
  }

  /** LEB128; `signed` extends the sign. */
  leb(signed = false): number {
    let [value, scale, byte] = [0, 1, 0x80];
    while (byte >= 0x80) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    return signed && (byte & 0x40) !== 0 ? value - scale : value;
  }

  text(): string {
    let found = "";
    for (let c = this.byte(); c !== 0; c = this.byte()) found += String.fromCharCode(c);
    return found;
  }
}

interface Header {
  readonly minimum: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Operands of each standard opcode. */
  readonly operands: readonly number[];
  /** Base names, from 1. */
  readonly files: readonly string[];
}

/** Leaves the reader at the first opcode. */
function headerOf(reader: Reader): Header {
  const version = reader.half();
  if (version < 2 || version > 4) throw new RangeError(`version ${version}`);
  const length = reader.word();
  const program = reader.at + length;
  const minimum = reader.byte();
  if (version === 4 && reader.byte() !== 1) throw new RangeError("several operations in one instruction");
  reader.byte(); // whether rows are statements does not matter
  const [lineBase, lineRange, opcodeBase] = [(reader.byte() << 24) >> 24, reader.byte(), reader.byte()];
  const operands = Array.from({ length: opcodeBase - 1 }, () => reader.byte());
  while (reader.text() !== "");
  const files = [""];
  for (let name = reader.text(); name !== ""; name = reader.text()) {
    files.push(name.slice(name.lastIndexOf("/") + 1));
    for (let k = 0; k < 3; k++) reader.leb();
  }
  reader.at = program;
  return { minimum, lineBase, lineRange, opcodeBase, operands, files };
}

interface State {
  address: number;
  file: number;
  line: number;
}

const start = (): State => ({ address: 0, file: 1, line: 1 });

function rowsOfUnit(reader: Reader): readonly LineRow[] {
  const header = headerOf(reader);
  const rows: LineRow[] = [];
  let state = start();
  const emit = (end = false): void => {
    rows.push({ address: state.address, file: header.files[state.file] ?? "", line: state.line, end });
    if (end) state = start();
  };
  while (!reader.atEnd) {
    const opcode = reader.byte();
    if (opcode >= header.opcodeBase) {
      state.address += special(header, opcode) * header.minimum;
      state.line += header.lineBase + ((opcode - header.opcodeBase) % header.lineRange);
      emit();
    } else if (opcode === 0) extended(reader, state, emit);
    else standard(reader, header, opcode, state, emit);
  }
  return rows;
}

function special({ opcodeBase, lineRange }: Header, opcode: number): number {
  return Math.floor((opcode - opcodeBase) / lineRange);
}

/** DW_LNE_end_sequence, _set_address; what defines files is not made by compilers and refused, the rest is passed over. */
function extended(reader: Reader, state: State, emit: (end?: boolean) => void): void {
  const length = reader.leb();
  const after = reader.at + length;
  const opcode = reader.byte();
  if (opcode === 1) emit(true);
  else if (opcode === 2) state.address = reader.word();
  else if (opcode === 3) throw new RangeError("a file defined inside the program");
  reader.at = after;
}

function standard(reader: Reader, header: Header, opcode: number, state: State, emit: () => void): void {
  switch (opcode) {
    case 1: return emit();
    case 2: return void (state.address += reader.leb() * header.minimum);
    case 3: return void (state.line += reader.leb(true));
    case 4: return void (state.file = reader.leb());
    case 8: return void (state.address += special(header, 255) * header.minimum);
    case 9: return void (state.address += reader.half());
    default: for (let k = 0; k < (header.operands[opcode - 1] ?? 0); k++) reader.leb();
  }
}
