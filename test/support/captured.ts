/** A command run in this process, with what it would have printed. Tests that use it are serial: the streams are everybody's. */
export interface Captured {
  readonly exit: number;
  readonly output: string;
  readonly errors: string;
}

/** The exit code of `command` and what it wrote to the two streams of the process. */
export async function captured(command: () => Promise<number>): Promise<Captured> {
  const out = keep(process.stdout);
  const err = keep(process.stderr);
  try {
    const exit = await command();
    return { exit, output: out.text(), errors: err.text() };
  } finally {
    out.release();
    err.release();
  }
}

interface Kept {
  readonly text: () => string;
  readonly release: () => void;
}

function keep(stream: NodeJS.WriteStream): Kept {
  const write = stream.write.bind(stream);
  const pieces: string[] = [];
  stream.write = (piece: string | Uint8Array): boolean => {
    pieces.push(typeof piece === "string" ? piece : Buffer.from(piece).toString());
    return true;
  };
  return {
    text: () => pieces.join(""),
    release: () => {
      stream.write = write;
    },
  };
}
