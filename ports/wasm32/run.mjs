// SPDX-License-Identifier: 0BSD
// Runs a WebAssembly program of WASI in node, with the files of the project's folder; its exit status is the program's.
import { readFile } from 'node:fs/promises';
import { argv, exit } from 'node:process';
import { WASI } from 'node:wasi';

const wasi = new WASI({ version: 'preview1', args: ['program'], preopens: { '.': '.' }, returnOnExit: true });
const module = await WebAssembly.compile(await readFile(argv[2]));
const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport });
let status;
try {
    status = wasi.start(instance);
} catch (error) { // of the machine: a wrong address, abort()
    console.error(`wasm32: ${error.stack}`);
    status = 98;
}
exit(status);
