// Starts the bundle beside it, program.cjs, by the code that V8 made of it before: to parse it takes as long as all else.
"use strict";
const { readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { pathToFileURL } = require("node:url");
const { Script } = require("node:vm");
const { crc32 } = require("node:zlib");

const kept = `${__dirname}/program.cache`;
const SUM = 4;

/** V8 itself does not see that its code is damaged, or another program's of the same length: it would crash. */
const sumOf = (code) => crc32(code, crc32(bundle));

/** Undefined when there is none, or none that is whole. */
function keptCode() {
  try {
    const bytes = readFileSync(kept);
    const code = bytes.subarray(0, -SUM);
    return bytes.readUInt32LE(code.length) === sumOf(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Also of what was parsed only when it was needed. Nothing is lost without it. */
function keep(script) {
  const draft = `${kept}.${process.pid}`;
  try {
    writeFileSync(draft, "");
  } catch {
    // Not everybody may write here, and to make the code takes long.
    return;
  }
  try {
    const code = script.createCachedData();
    const sum = Buffer.alloc(SUM);
    sum.writeUInt32LE(sumOf(code));
    writeFileSync(draft, Buffer.concat([code, sum]));
    renameSync(draft, kept);
  } catch {
    rmSync(draft, { force: true });
  }
}

const bundle = readFileSync(`${__dirname}/program.cjs`);
// It is ASCII, and one function: nothing that has to be put together here.
const source = bundle.latin1Slice();
const cachedData = keptCode();
// Code that is kept names the place where it was made; the name alone is right everywhere.
const script = new Script(source, { filename: "program.cjs", cachedData });
// Another version of Node makes its own.
if (cachedData === undefined || script.cachedDataRejected) process.once("exit", () => keep(script));
const program = { exports: {} };
const main = pathToFileURL(__filename).href;
script.runInThisContext()(require, program, program.exports, __filename, __dirname, main);
