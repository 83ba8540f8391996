/**
 * What the scripts here use of node, and no more: its own declarations (`@types/node`) would let the code of a page,
 * which these scripts hold as well, name what no browser has.
 */

declare const process: {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execPath: string;
  exitCode: number | undefined;
  exit(code?: number): never;
  readonly stdin: import("node:stream").Readable;
  readonly stdout: { write(text: string, written?: (error?: Error | null) => void): boolean };
  readonly stderr: { write(text: string): boolean };
};

declare class Buffer extends Uint8Array {
  static from(text: string, encoding?: "utf8" | "base64" | "base64url" | "hex"): Buffer;
  static byteLength(text: string): number;
  toString(encoding?: "utf8" | "base64" | "base64url" | "hex"): string;
}

declare module "node:stream" {
  export interface Readable extends AsyncIterable<Buffer> {
    on(event: string, listener: (...values: never[]) => void): this;
    destroy(): this;
  }
}

declare module "node:readline" {
  export interface Interface extends AsyncIterable<string> {
    on(event: "line", listener: (line: string) => void): this;
    on(event: "close", listener: () => void): this;
    close(): void;
  }
  export function createInterface(options: { input: import("node:stream").Readable }): Interface;
}

declare module "node:child_process" {
  export function execFile(
    program: string,
    parameters: readonly string[],
    options: { cwd?: string; env?: Record<string, string | undefined> },
    ended: (error: Error | null, stdout: string, stderr: string) => void,
  ): void;
}

declare module "node:fs" {
  export function readFileSync(path: string | URL, encoding: "utf8"): string;
}

declare module "node:fs/promises" {
  export function mkdir(path: string, options?: { recursive?: boolean }): Promise<unknown>;
  export function mkdtemp(prefix: string): Promise<string>;
  export function readdir(path: string | URL): Promise<string[]>;
  export function readFile(path: string | URL, encoding: "utf8"): Promise<string>;
  export function rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void>;
  export function writeFile(path: string | URL, text: string): Promise<void>;
}

declare module "node:os" {
  export function tmpdir(): string;
}

declare module "node:path" {
  export function join(...parts: string[]): string;
}

declare module "node:timers/promises" {
  export function setTimeout(milliseconds: number): Promise<void>;
}

declare module "node:url" {
  export function fileURLToPath(url: string | URL): string;
}

declare module "node:zlib" {
  export function gzipSync(text: string, options?: { level?: number }): Uint8Array;
}
