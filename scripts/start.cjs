// Starts the bundle beside it, program.cjs, by the code that V8 made of it before: to parse it takes as long as all else.
"use strict";
// Needs nothing of the program; the build puts the version in.
const [, , word, ...more] = process.argv;
if ((word === "--version" || word === "-V") && more.length === 0) {
  process.stdout.write("AGENT_VM_VERSION\n");
  process.exit();
}

const { readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { pathToFileURL } = require("node:url");
const { Script } = require("node:vm");
const { crc32 } = require("node:zlib");

const kept = `${__dirname}/program.cache`;
/** What was kept: V8's code, the commands after which that was ("ps connect ps"), the length of that text, a sum of it all. */
const LENGTH = 2;
const SUM = 4;

/** V8 itself does not see that its code is damaged, or another program's of the same length: it would crash. */
const sumOf = (bytes) => crc32(bytes, crc32(bundle));

/** Nothing when there is none, or none that is whole. */
function keptCode() {
  try {
    const bytes = readFileSync(kept);
    const summed = bytes.subarray(0, -SUM);
    if (bytes.readUInt32LE(summed.length) !== sumOf(summed)) return {};
    const end = summed.length - LENGTH;
    const begin = end - summed.readUInt16LE(end);
    return { code: summed.subarray(0, begin), commands: summed.latin1Slice(begin, end).split(" ") };
  } catch {
    return {};
  }
}

/** Also of what was parsed only when it was needed. Nothing is lost without it. */
function keep(script, commands) {
  const draft = `${kept}.${process.pid}`;
  try {
    writeFileSync(draft, "");
  } catch {
    // Not everybody may write here, and to make the code takes long.
    return;
  }
  try {
    const names = Buffer.from(commands.join(" "));
    const tail = Buffer.alloc(LENGTH + SUM);
    tail.writeUInt16LE(names.length);
    const whole = Buffer.concat([script.createCachedData(), names, tail]);
    whole.writeUInt32LE(sumOf(whole.subarray(0, -SUM)), whole.length - SUM);
    writeFileSync(draft, whole);
    renameSync(draft, kept);
  } catch {
    rmSync(draft, { force: true });
  }
}

/**
 * What V8 parsed for a command is kept when it ran well: some times, because it does more when there is a VM, and more
 * with workspaces. The number bounds what anybody types.
 */
const TIMES = 3;
const MOST = 100;
const isNew = (command, commands) =>
  /^[a-z][a-z-]{1,20}$/.test(command) &&
  commands.length < MOST &&
  commands.filter((one) => one === command).length < TIMES;

const bundle = readFileSync(`${__dirname}/program.cjs`);
// It is ASCII, and one function: nothing that has to be put together here.
const source = bundle.latin1Slice();
const { code, commands = [] } = keptCode();
// Code that is kept names the place where it was made; the name alone is right everywhere.
const script = new Script(source, { filename: "program.cjs", cachedData: code });
const command = process.argv.slice(2).find((word) => !word.startsWith("-")) ?? "";
process.once("exit", (status) => {
  // Another version of Node makes its own.
  if (code === undefined || script.cachedDataRejected) keep(script, []);
  else if (status === 0 && isNew(command, commands)) keep(script, [...commands, command]);
});
const program = { exports: {} };
const main = pathToFileURL(__filename).href;
script.runInThisContext()(require, program, program.exports, __filename, __dirname, main);
