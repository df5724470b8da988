// Starts the bundle beside it, program.cjs, by the code that V8 made of it before: to parse it takes as long as all else.
"use strict";
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { pathToFileURL } = require("node:url");
const { Script } = require("node:vm");

const file = `${__dirname}/program.cjs`;
const kept = `${__dirname}/program.cache`;

function keptCode() {
  try {
    return readFileSync(kept);
  } catch {
    return undefined;
  }
}

/** Also of what was parsed only when it was needed. Nothing is lost without it. */
function keep(script) {
  try {
    const draft = `${kept}.${process.pid}`;
    writeFileSync(draft, script.createCachedData());
    renameSync(draft, kept);
  } catch {}
}

const parameters = "require, module, exports, __filename, __dirname, mainUrl";
// The bundle is ASCII.
const source = `(function (${parameters}) {${readFileSync(file, "latin1")}\n})`;
const cachedData = keptCode();
const script = new Script(source, { filename: file, cachedData });
// Another version of Node makes its own.
if (cachedData === undefined || script.cachedDataRejected) process.once("exit", () => keep(script));
const program = { exports: {} };
const main = pathToFileURL(__filename).href;
script.runInThisContext()(require, program, program.exports, __filename, __dirname, main);
