// A program that ends with us, however we end: nobody is left to end it after a crash. Pure.

/**
 * Starts its arguments as a program, ends it when the standard input ends, as it does with us, and ends with it. ssh
 * alone would go on for as long as the VM keeps its session or a forwarded connection open.
 */
const TETHER = `exec 3<&0
"$@" <&3 3<&- &
program=$!
trap 'kill "$program"' TERM
{ read -r _ <&3; kill "$program"; } >/dev/null 2>&1 &
watch=$!
while kill -0 "$program"; do wait "$program"; done 2>/dev/null
kill "$watch" 2>/dev/null`;

/** To be run with an input that nothing is written to. */
export const tethered = (argv: readonly string[]): string[] => ["sh", "-c", TETHER, "agent-vm", ...argv];
