// Ends with 3 when this Node is too old for the program. In words that old ones understand; also the start of main.cjs.
"use strict";
var have = process.versions.node.split(".").map(Number);
if (have[0] < 20 || (have[0] === 20 && have[1] < 19)) {
  process.stderr.write(
    `agent-vm: agent-vm needs Node.js 20.19 or newer; this is v${process.versions.node}.\n`,
  );
  process.exit(3);
}
